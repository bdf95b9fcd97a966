import { AgentSessionsError, errorOf, unexpected } from './agent-sessions.error.js';
import type { RepeatableCallOptions } from './calls.js';
import type { ClientOptions } from './client-options.js';
import { idempotencyKey } from './idempotency-key.js';
import { repeat } from './repeats.js';

/** A request; its path begins after the base URL. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Undefined values are left out. */
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Ends the request as if its connection were lost. */
  cut?: AbortSignal | undefined;
}

/** An answer's JSON and headers. */
export interface ApiAnswer<T> {
  body: T;
  headers: Headers;
}

/** Sends requests to one server. */
export class HttpRequests {
  private readonly base: string;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: ClientOptions) {
    // Browsers want `fetch` to be called as a function of the window.
    this.fetch = options.fetch ?? ((...request) => fetch(...request));
    this.base = checkedUrl(options.baseUrl);
  }

  /** Sends a request that may be repeated, until it has an answer. */
  repeated<T>(request: ApiRequest): Promise<ApiAnswer<T>> {
    return repeat(() => this.once<T>(request), request.signal);
  }

  /** Reads something, which may always be repeated. */
  read<T>(request: Omit<ApiRequest, 'method'>): Promise<ApiAnswer<T>> {
    return this.repeated<T>({ ...request, method: 'GET' });
  }

  /** Sends what has one effect under one key, however often it is repeated. */
  async post<T>(path: string, json: object, options: RepeatableCallOptions): Promise<T> {
    const headers = { 'idempotency-key': options.idempotencyKey ?? idempotencyKey() };
    const { signal } = options;
    return (await this.repeated<T>({ method: 'POST', path, json, headers, signal })).body;
  }

  /** Sends a request once and reads the JSON of a success; anything else is an AgentSessionsError. */
  async once<T>(request: ApiRequest): Promise<ApiAnswer<T>> {
    const response = await this.open(request);
    const text = await this.connected(request.signal, () => response.text());
    try {
      return { body: (text === '' ? undefined : JSON.parse(text)) as T, headers: response.headers };
    } catch {
      throw unexpected(response, text, 'JSON');
    }
  }

  /** Sends a request once and returns the head of a success, whose body is still to be read. */
  async open({ method, path, query = {}, json, headers, signal, cut }: ApiRequest): Promise<Response> {
    const own = this.options.headers;
    const all = new Headers(typeof own === 'function' ? await own() : own);
    if (this.options.apiKey) all.set('authorization', `Bearer ${this.options.apiKey}`);
    if (json !== undefined) all.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    return this.connected(signal, async () => {
      const response = await this.fetch(`${this.base}${path}${search && `?${search}`}`, {
        method,
        headers: all,
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        signal: signal && cut ? AbortSignal.any([signal, cut]) : (signal ?? cut ?? null),
      });
      if (!response.ok) throw await errorOf(response);
      return response;
    });
  }

  /** Turns a lost connection into an AgentSessionsError; an abort rejects with the signal's reason. */
  async connected<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      if (cause instanceof AgentSessionsError) throw cause;
      const message = `No answer from ${this.base}: ${reasonOf(cause)}`;
      throw new AgentSessionsError(message, 0, 'connection_failed', null, undefined, { cause });
    }
  }
}

/** What `fetch` was unable to do. Node says it in the cause, in browsers it is a secret. */
function reasonOf(error: unknown): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  const { code, message } = Object(cause) as Record<string, unknown>;
  return [message, code, String(cause)].find((text) => typeof text === 'string' && text !== '') as string;
}

/** The base URL without a slash at its end. Throws a TypeError for one that no request could be sent to. */
function checkedUrl(baseUrl: string): string {
  const { location } = globalThis as { location?: { href: string } };
  const { protocol, username, password, search, hash } = new URL(baseUrl, location?.href);
  if (!['http:', 'https:'].includes(protocol) || username || password || search || hash) {
    throw new TypeError('baseUrl must be an http(s) URL without user, query and fragment');
  }
  return baseUrl.replace(/\/+$/, '');
}
