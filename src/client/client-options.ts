/** Headers of requests, or a function that is called for each request, for example to get a fresh token. */
export type ClientHeaders =
  Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);

/** Where a server is, and what every request to it carries. */
export interface ClientOptions {
  /** The address before `/sessions`, such as `https://example.com/api`; pages may leave out the origin. */
  baseUrl: string;
  /**
   * Sent as `Authorization: Bearer …`. Not for pages, where everyone can read it.
   *
   * @default none
   */
  apiKey?: string | undefined;
  /**
   * Further headers.
   *
   * @default none
   */
  headers?: ClientHeaders | undefined;
  /**
   * Used instead of the global `fetch`, for example to send cookies to another origin.
   *
   * @default fetch
   */
  fetch?: typeof fetch | undefined;
}
