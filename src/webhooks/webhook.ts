/** Where a client wants a turn's result sent, as the turn keeps it. */
export interface Webhook {
  url: string;
  /** What deliveries share their concurrency by: scheme, host and port of the URL. */
  origin: string;
  /** Sent as a bearer token; never logged or returned. */
  token?: string | undefined;
  /** What the process that accepted the message allows: who reaches it decides how far its clients are trusted. */
  allow_private_addresses: boolean;
  include_messages: boolean;
  include_interrupts: boolean;
}

/** A webhook as a client asks for it. */
export interface WebhookRequest {
  url: string;
  token?: string | null | undefined;
  include_messages?: boolean | undefined;
  include_interrupts?: boolean | undefined;
}

/** With every default filled in. */
export function toWebhook(request: WebhookRequest, allowPrivateAddresses: boolean): Webhook {
  return {
    url: request.url,
    origin: new URL(request.url).origin,
    ...(request.token ? { token: request.token } : {}),
    allow_private_addresses: allowPrivateAddresses,
    include_messages: request.include_messages ?? false,
    include_interrupts: request.include_interrupts ?? false,
  };
}

/** A URL as it may be shown: without userinfo, query and fragment, any of which may hold a secret. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
