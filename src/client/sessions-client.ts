import type { AgentEvent, SessionEvent } from '../events/session-event.js';
import type {
  CreateSessionRequest,
  MessageAccepted,
  ResumeRequest,
  TurnCancelled,
  TurnResumed,
} from '../sessions/session-calls.js';
import type { Session, SessionSummary } from '../sessions/session.js';
import type { TurnRecord } from '../turns/turn.js';
import type {
  CallOptions,
  CancelOptions,
  EventsOptions,
  ListOptions,
  MessageListFor,
  MessagesOptions,
  OutgoingMessage,
  RangeOptions,
  RepeatableCallOptions,
  SessionList,
  TurnList,
  WaitOptions,
} from './calls.js';
import { AgentSessionsError } from './agent-sessions.error.js';
import { metadataQuery, nextPage, pathOf } from './addresses.js';
import { aboutTurn } from './about-turn.js';
import type { ClientOptions } from './client-options.js';
import { type ApiRequest, HttpRequests } from './http-requests.js';
import { waitForSession } from './long-poll.js';
import { repeat } from './repeats.js';
import { sessionEvents } from './session-events.js';

/**
 * The sessions of one server. Calls that are safe to repeat are repeated after a lost connection and after 429, 502,
 * 503 and 504, at most 7 times within about 9 s. Every method throws an AgentSessionsError for an answer that is no
 * success.
 *
 * @example
 * ```ts
 * const client: SessionsClient = createClient({ baseUrl: 'http://127.0.0.1:8000', apiKey: 'secret' });
 * ```
 */
export class SessionsClient {
  /** This client: all its methods are about sessions. */
  readonly sessions: SessionsClient = this;

  private readonly requests: HttpRequests;

  constructor(options: ClientOptions) {
    this.requests = new HttpRequests(options);
  }

  /**
   * Creates a session.
   * @throws AgentSessionsError with `validation_failed`, `history_too_large`, `session_limit_reached`
   * @example
   * ```ts
   * const { session_id } = await client.create({ metadata: { title: 'A late parcel' } });
   * ```
   */
  create(session: CreateSessionRequest = {}, options: RepeatableCallOptions = {}): Promise<Session> {
    return this.requests.post('/sessions', session, options);
  }

  /**
   * Reads a session.
   * @throws AgentSessionsError with `session_not_found`
   * @example
   * ```ts
   * const { status } = await client.get(sessionId);
   * ```
   */
  async get(sessionId: string, { signal }: CallOptions = {}): Promise<Session> {
    return (await this.requests.read<Session>({ path: pathOf(sessionId), signal })).body;
  }

  /**
   * Lists sessions, the newest first. The list's `next` is the `cursor` of the next page.
   * @throws AgentSessionsError with `validation_failed`
   * @example
   * ```ts
   * const sessions = await client.list({ order: 'updated', limit: 50 });
   * ```
   */
  async list({ signal, metadata = {}, ...query }: ListOptions = {}): Promise<SessionList> {
    const request = { path: '/sessions', query: { ...query, ...metadataQuery(metadata) }, signal };
    const { body, headers } = await this.requests.read<SessionSummary[]>(request);
    const cursor = nextPage(headers)?.get('cursor');
    return cursor ? Object.assign(body, { next: cursor }) : body;
  }

  /**
   * Removes a session; a running turn is aborted.
   * @throws AgentSessionsError with `session_not_found`
   * @example
   * ```ts
   * await client.delete(sessionId);
   * ```
   */
  delete(sessionId: string, { signal }: CallOptions = {}): Promise<void> {
    return repeat(async (attempt) => {
      try {
        await this.requests.once({ method: 'DELETE', path: pathOf(sessionId), signal });
      } catch (error) {
        // The try before has removed it, and its answer was lost.
        if (attempt === 1 || (error as Partial<AgentSessionsError>).status !== 404) throw error;
      }
    }, signal);
  }

  /**
   * Waits until the session no longer runs, by long polls.
   * @throws AgentSessionsError with `session_not_found`
   * @example
   * ```ts
   * const { status, response } = await client.wait(sessionId, { timeout: 60_000 });
   * ```
   */
  wait(sessionId: string, options: WaitOptions = {}): Promise<Session> {
    return waitForSession(this.requests, pathOf(sessionId), options);
  }

  /**
   * Sends a message: when this resolves it is stored, and the agent runs in the background.
   * @throws AgentSessionsError with `session_not_found`, `session_busy`, `validation_failed`, `history_too_large`
   * @example
   * ```ts
   * const { turn_id } = await client.send(sessionId, 'Where is my parcel?');
   * ```
   */
  send(
    sessionId: string,
    message: OutgoingMessage,
    options: RepeatableCallOptions = {},
  ): Promise<MessageAccepted> {
    const body = typeof message === 'string' ? { content: message } : message;
    return this.requests.post(`${pathOf(sessionId)}/messages`, body, options);
  }

  /**
   * Sends a message and waits until its turn has ended or is interrupted. Returns the session as it is then; with
   * `timeout`, it may still be `running`.
   * @throws AgentSessionsError as `send` does; a turn that ends in `error` is no error here
   * @example
   * ```ts
   * const { status, response, error } = await client.ask(sessionId, 'Where is my parcel?');
   * ```
   */
  async ask(
    sessionId: string,
    message: OutgoingMessage,
    { timeout, ...options }: RepeatableCallOptions & WaitOptions = {},
  ): Promise<Session> {
    const { turn_id } = await this.send(sessionId, message, options);
    const session = await this.wait(sessionId, { timeout, signal: options.signal });
    return aboutTurn(this.requests, session, turn_id, options.signal);
  }

  /**
   * Reads the history, oldest message first: all of it, or a part; with `ids` each message has its id,
   * turn and time. The `lastEventId` of the list is where to go on with `events`.
   * @throws AgentSessionsError with `session_not_found`
   * @example
   * ```ts
   * const messages = await client.messages(sessionId);
   * ```
   */
  async messages<Options extends MessagesOptions>(
    sessionId: string,
    options?: Options,
  ): Promise<MessageListFor<Options>> {
    const { signal, after, limit, ids }: MessagesOptions = options ?? {};
    const path = `${pathOf(sessionId)}/messages`;
    const query = { after, limit, ids };
    const { body, headers } = await this.requests.read<MessageListFor<Options>>({ path, query, signal });
    const position = headers.get('last-event-id');
    return position === null ? body : Object.assign(body, { lastEventId: Number(position) });
  }

  /**
   * Reads the turns, oldest first: every accepted message with its outcome. The list's `next` is the `after` of the
   * next page.
   * @throws AgentSessionsError with `session_not_found`
   * @example
   * ```ts
   * const failed = (await client.turns(sessionId)).filter((turn) => turn.status === 'failed');
   * ```
   */
  async turns(sessionId: string, { signal, after, limit }: RangeOptions = {}): Promise<TurnList> {
    const path = `${pathOf(sessionId)}/turns`;
    const { body, headers } = await this.requests.read<TurnRecord[]>({
      path,
      query: { after, limit },
      signal,
    });
    const next = nextPage(headers)?.get('after');
    return next ? Object.assign(body, { next: Number(next) }) : body;
  }

  /**
   * Answers a pending question.
   * @throws AgentSessionsError with `session_not_found`, `validation_failed`, `session_not_interrupted`,
   * `interrupt_not_found`
   * @example
   * ```ts
   * await client.resume(sessionId, { interrupt_id: interruptId, value: { approved: true } });
   * ```
   */
  resume(
    sessionId: string,
    request: ResumeRequest,
    options: RepeatableCallOptions = {},
  ): Promise<TurnResumed> {
    return this.requests.post(`${pathOf(sessionId)}/resume`, request, options);
  }

  /**
   * Ends the unfinished turn: when this resolves, the session is in `error` with `Turn cancelled`.
   * @throws AgentSessionsError with `session_not_found`, `nothing_running`, `turn_mismatch`
   * @example
   * ```ts
   * await client.cancel(sessionId, { turn_id: turnId });
   * ```
   */
  async cancel(sessionId: string, { turn_id, signal }: CancelOptions = {}): Promise<TurnCancelled> {
    const request: ApiRequest = { method: 'POST', path: `${pathOf(sessionId)}/cancel`, signal };
    if (turn_id === undefined) return (await this.requests.once<TurnCancelled>(request)).body;
    return (await this.requests.repeated<TurnCancelled>({ ...request, json: { turn_id } })).body;
  }

  /**
   * Follows the session's log. Reconnects by itself, for as long as it takes, and gives each event once. Ends with the
   * `turn` that was asked for, and with the session. `Own` are the events of the agent's own.
   * @throws AgentSessionsError with `session_not_found`, `validation_failed`
   * @example
   * ```ts
   * for await (const event of client.events(sessionId, { turn: turnId })) {
   *   if (event.type === 'message.delta') console.log(event.delta);
   * }
   * ```
   */
  events<Own extends AgentEvent = never>(
    sessionId: string,
    options: EventsOptions = {},
  ): AsyncGenerator<SessionEvent<Own>, void, undefined> {
    return sessionEvents(this.requests, pathOf(sessionId), options);
  }
}
