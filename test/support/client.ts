import type {
  ChatMessage,
  CreateSessionRequest,
  Delivery,
  MessageAccepted,
  MessageRequest,
  ResumeRequest,
  Session,
  SessionSummary,
  TurnCancelled,
  TurnResumed,
  TurnRecord,
} from '../../src/index.js';

/** A response; the body of an error has the shape of an ErrorBody instead. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface RequestOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent unchanged, as `application/json`. */
  text?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A small client of one module's routes. It never throws for a response, with any status. */
export class SessionsClient {
  /**
   * `base` is the URL of the routes: the server's address and the host's prefix. `headers` are sent with every
   * request.
   */
  constructor(
    readonly base: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer<unknown>> {
    const body = options.text ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
    const response = await fetch(this.base + path, {
      method,
      body,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.headers,
        ...options.headers,
      },
      signal: options.signal,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  create(json?: CreateSessionRequest) {
    return this.request('POST', '/sessions', { json }) as Promise<Answer<Session>>;
  }

  /** Creates a session and returns its id. */
  async newSession(json?: CreateSessionRequest): Promise<string> {
    const { status, body } = await this.create(json);
    if (status !== 201) throw new Error(`No session: ${status} ${JSON.stringify(body)}`);
    return body.session_id;
  }

  put(id: string, json?: CreateSessionRequest) {
    return this.request('PUT', `/sessions/${id}`, { json }) as Promise<Answer<Session>>;
  }

  list(query = '') {
    return this.request('GET', `/sessions${query}`) as Promise<Answer<SessionSummary[]>>;
  }

  get(id: string, query = '', signal?: AbortSignal) {
    return this.request('GET', `/sessions/${id}${query}`, { signal }) as Promise<Answer<Session>>;
  }

  /** Waits until the session's turn has ended. */
  async settled(id: string): Promise<Session> {
    const { status, body } = await this.get(id, '?wait=true&timeout=20');
    if (status !== 200 || body.status === 'running') {
      throw new Error(`Session ${id} did not settle: ${status} ${JSON.stringify(body)}`);
    }
    return body;
  }

  delete(id: string) {
    return this.request('DELETE', `/sessions/${id}`);
  }

  send(id: string, message: MessageRequest | string) {
    const json = typeof message === 'string' ? { content: message } : message;
    return this.request('POST', `/sessions/${id}/messages`, { json }) as Promise<Answer<MessageAccepted>>;
  }

  /** Sends a message and waits until its turn has ended. */
  async ask(id: string, message: MessageRequest | string): Promise<Session> {
    const { status, body } = await this.send(id, message);
    if (status !== 202) throw new Error(`Not accepted: ${status} ${JSON.stringify(body)}`);
    return this.settled(id);
  }

  messages(id: string, query = '') {
    return this.request('GET', `/sessions/${id}/messages${query}`) as Promise<Answer<ChatMessage[]>>;
  }

  turns(id: string, query = '') {
    return this.request('GET', `/sessions/${id}/turns${query}`) as Promise<Answer<TurnRecord[]>>;
  }

  turn(id: string, turnId: string, query = '', signal?: AbortSignal) {
    return this.request('GET', `/sessions/${id}/turns/${turnId}${query}`, { signal }) as Promise<
      Answer<TurnRecord>
    >;
  }

  /** Changes the metadata of a session by a merge patch. */
  patch(id: string, metadata: Record<string, unknown> | null) {
    return this.request('PATCH', `/sessions/${id}`, { json: { metadata } }) as Promise<Answer<Session>>;
  }

  deliveries(id: string, query = '') {
    return this.request('GET', `/sessions/${id}/deliveries${query}`) as Promise<Answer<Delivery[]>>;
  }

  resume(id: string, json: ResumeRequest, headers?: Record<string, string>) {
    return this.request('POST', `/sessions/${id}/resume`, { json, headers }) as Promise<Answer<TurnResumed>>;
  }

  cancel(id: string, json?: unknown) {
    return this.request('POST', `/sessions/${id}/cancel`, { json }) as Promise<Answer<TurnCancelled>>;
  }
}
