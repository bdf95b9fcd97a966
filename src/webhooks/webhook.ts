/** A client's webhook, as the turn stores it. */
export interface Webhook {
  url: string;
  /** The unit of concurrency limits: scheme, host and port of the URL. */
  origin: string;
  /** Sent as a bearer token; never logged or returned. */
  token?: string | undefined;
  /**
   * The setting of the process that accepted the message, because access to that process determines how far its
   * clients are trusted.
   */
  allow_private_addresses: boolean;
  include_messages: boolean;
  include_interrupts: boolean;
}

/** A webhook in a client's request. */
export interface WebhookRequest {
  /** An http or https URL, which receives a POST when the turn ends. */
  url: string;
  /**
   * Sent as `Authorization: Bearer <token>`; never logged or returned.
   *
   * @default none
   */
  token?: string | null | undefined;
  /**
   * Whether to send the whole history as well.
   *
   * @default false
   */
  include_messages?: boolean | undefined;
  /**
   * Whether to send when the turn is interrupted as well.
   *
   * @default false
   */
  include_interrupts?: boolean | undefined;
}

/** Fills in all defaults. */
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

/** A URL without userinfo, query and fragment, any of which may contain a secret. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
