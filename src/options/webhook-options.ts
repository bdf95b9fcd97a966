/** How webhooks are signed, where they may go and how often they are tried. */
export interface WebhookOptions {
  /**
   * Standard Webhooks secrets: `whsec_` and base64 of 24 to 64 bytes. All of them sign, so that one can be
   * replaced while receivers still know the other.
   *
   * @default none, webhooks are not signed
   */
  secrets?: string[] | undefined;
  /**
   * Whether webhooks may go to loopback, private and other addresses that are not public. It holds for the
   * messages that the process accepts, whichever process delivers.
   *
   * @default false
   */
  allowPrivateAddresses?: boolean | undefined;
  /**
   * The pauses before the second and each later attempt, in ms.
   *
   * @default 8 attempts over about a day
   */
  retryDelays?: number[] | undefined;
}

/** The host's settings of deliveries. */
export interface DeliverySettings {
  secrets: string[];
  /** For messages that this process accepts; workers use the setting stored with the delivery. */
  allowPrivateAddresses: boolean;
  retryDelays: readonly number[];
}
