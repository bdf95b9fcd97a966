import { Injectable } from '@nestjs/common';

import type { HistoryRange, MessageBatches, MessageIn } from '../messages/chat-message.repository.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { DeliveriesService } from '../webhooks/deliveries.service.js';
import type { IdempotentCallOptions, ListOptions } from './call-options.js';
import { checkedOptions } from './checked-options.js';
import { InterruptAnswers } from './interrupt-answers.js';
import type {
  CancelRequest,
  CreateSessionRequest,
  MessageAccepted,
  MessageRequest,
  ResumeRequest,
  TurnCancelled,
  TurnResumed,
  UpdateSessionRequest,
  WaitOptions,
} from './session-calls.js';
import { EventCalls } from './event-calls.js';
import { CALL, HISTORY_CALL, type HistoryCall, IDEMPOTENT_CALL, WAITING_CALL } from './option-rules.js';
import { SessionLifetime } from './session-lifetime.js';
import { SessionReads } from './session-reads.js';
import type { OwnedSession, OwnedSessionSummary } from './session.js';
import type { SessionPage } from './session.store.js';
import { TurnCalls } from './turn-calls.js';
import { TurnOperations } from './turn-operations.js';
import { TurnReads } from './turn-reads.js';

/**
 * The sessions API in process: what the HTTP routes do, with the same answers and exceptions, and
 * sessions with their owner. The rules for clients (`clientRoles`, `rejectEmptyMessages`) do not apply. Exported by the
 * module. Arguments may be anything: a wrong one is a ValidationFailedException that names it. Every method also throws
 * DatabaseUnavailableException and TryAgainException.
 *
 * @example
 * ```ts
 * const { session_id } = await sessions.create();
 * await sessions.send(session_id, { content: 'hello' });
 * const { response } = await sessions.get(session_id, { wait: true });
 * ```
 */
@Injectable()
export class SessionsService extends TurnOperations {
  /** @internal */
  constructor(
    private readonly lifetime: SessionLifetime,
    private readonly reads: SessionReads,
    private readonly turnCalls: TurnCalls,
    private readonly answers: InterruptAnswers,
    turnReads: TurnReads,
    deliveryCalls: DeliveriesService,
    eventCalls: EventCalls,
  ) {
    super(turnReads, deliveryCalls, eventCalls);
  }

  /**
   * Creates a session.
   * @throws SessionLimitReachedException, HistoryTooLargeException, ValidationFailedException; with a key
   * IdempotencyKeyReusedException, IdempotencyInProgressException
   * @example
   * ```ts
   * const session = await sessions.create({ metadata: { customer: 'c-17' } }, { owner: 'ada' });
   * ```
   */
  async create(
    request: CreateSessionRequest = {},
    options: IdempotentCallOptions = {},
  ): Promise<OwnedSession> {
    return this.lifetime.create(request, checkedOptions(IDEMPOTENT_CALL, options));
  }

  /**
   * Creates a session under an id of the caller's, which the option `allowCustomIds` must allow.
   * @throws CustomIdsDisabledException, InvalidSessionIdException, SessionExistsException, and what `create` throws
   * @example
   * ```ts
   * await sessions.put('550e8400-e29b-41d4-a716-446655440000');
   * ```
   */
  async put(
    sessionId: string,
    request: CreateSessionRequest = {},
    options: SessionCallOptions = {},
  ): Promise<OwnedSession> {
    return this.lifetime.put(sessionId, request, checkedOptions(CALL, options));
  }

  /**
   * Reads a session, at once or when its turn has ended.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { status, response } = await sessions.get(sessionId, { wait: true, timeout: 30_000 });
   * ```
   */
  async get(sessionId: string, options: SessionCallOptions & WaitOptions = {}): Promise<OwnedSession> {
    return this.reads.get(sessionId, checkedOptions(WAITING_CALL, options));
  }

  /**
   * Changes the metadata of a session, also while a turn runs, by a JSON merge patch.
   * @throws SessionNotFoundException, ValidationFailedException
   * @example
   * ```ts
   * await sessions.update(sessionId, { metadata: { title: 'A late parcel', draft: null } });
   * ```
   */
  async update(
    sessionId: string,
    request: UpdateSessionRequest,
    options: SessionCallOptions = {},
  ): Promise<OwnedSession> {
    return this.lifetime.update(sessionId, request, checkedOptions(CALL, options));
  }

  /**
   * Lists sessions, the newest or the last updated first.
   * @throws ValidationFailedException
   * @example
   * ```ts
   * const mine = await sessions.list({ order: 'updated', metadata: { customer: 'c-17' } }, { owner: 'ada' });
   * ```
   */
  async list(page: ListOptions = {}, options: SessionCallOptions = {}): Promise<OwnedSessionSummary[]> {
    return (await this.page(page, options)).sessions;
  }

  /**
   * Lists sessions, with the place where the next page begins.
   * @throws ValidationFailedException
   * @example
   * ```ts
   * const { sessions: first, next } = await sessions.page({ limit: 100 });
   * ```
   */
  async page(page: ListOptions = {}, options: SessionCallOptions = {}): Promise<SessionPage> {
    return this.reads.page(page, checkedOptions(CALL, options));
  }

  /**
   * Removes a session with all that belongs to it. A running turn is aborted and can never come back.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * await sessions.delete(sessionId);
   * ```
   */
  async delete(sessionId: string, options: SessionCallOptions = {}): Promise<void> {
    return this.lifetime.delete(sessionId, checkedOptions(CALL, options));
  }

  /**
   * Accepts a message: when this resolves it is stored, and the agent runs in the background. With `manager` the message
   * is accepted, and its turn starts, when the caller's transaction commits.
   * @throws SessionNotFoundException, SessionBusyException, HistoryTooLargeException, ValidationFailedException; with a
   * key IdempotencyKeyReusedException, IdempotencyInProgressException
   * @example
   * ```ts
   * const { turn_id } = await sessions.send(sessionId, { content: 'hello' });
   * ```
   */
  async send(
    sessionId: string,
    request: MessageRequest,
    options: IdempotentCallOptions = {},
  ): Promise<MessageAccepted> {
    return this.turnCalls.send(sessionId, request, checkedOptions(IDEMPOTENT_CALL, options));
  }

  /**
   * Reads the recorded history, oldest message first: all of it or a part. With `ids` each message has its id, turn
   * and time.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const firstTen = await sessions.messages(sessionId, { limit: 10 });
   * ```
   */
  async messages<Range extends HistoryRange>(
    sessionId: string,
    options?: SessionCallOptions & Range,
  ): Promise<MessageIn<Range>[]> {
    const messages = this.reads.messages(sessionId, checkedOptions<HistoryCall>(HISTORY_CALL, options));
    return messages as Promise<MessageIn<Range>[]>;
  }

  /**
   * Reads the same in batches, so that a large history is never in memory as a whole, with the place in the log from
   * which `events` goes on.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * for await (const batch of await sessions.messageBatches(sessionId)) console.log(batch.length);
   * ```
   */
  async messageBatches<Range extends HistoryRange>(
    sessionId: string,
    options?: SessionCallOptions & Range,
  ): Promise<MessageBatches<MessageIn<Range>>> {
    const batches = this.reads.messageBatches(sessionId, checkedOptions<HistoryCall>(HISTORY_CALL, options));
    return batches as Promise<MessageBatches<MessageIn<Range>>>;
  }

  /**
   * Answers a question of the agent. After the last pending one the turn goes on in the background. With `manager` the
   * answer counts when the caller's transaction commits.
   * @throws SessionNotFoundException, SessionNotInterruptedException, InterruptNotFoundException,
   * ValidationFailedException if the answer does not fit the question's schema; with a key
   * IdempotencyKeyReusedException, IdempotencyInProgressException
   * @example
   * ```ts
   * const { interrupts } = await sessions.get(sessionId);
   * const [question] = interrupts ?? [];
   * if (question) await sessions.resume(sessionId, { ...question, value: { approved: true } });
   * ```
   */
  async resume(
    sessionId: string,
    request: ResumeRequest,
    options: IdempotentCallOptions = {},
  ): Promise<TurnResumed> {
    return this.answers.resume(sessionId, request, checkedOptions(IDEMPOTENT_CALL, options));
  }

  /**
   * Ends the unfinished turn: when this resolves, the session is in `error` with `Turn cancelled`.
   * @throws SessionNotFoundException, NothingRunningException, TurnMismatchException
   * @example
   * ```ts
   * await sessions.cancel(sessionId);
   * ```
   */
  async cancel(
    sessionId: string,
    request: CancelRequest = {},
    options: SessionCallOptions = {},
  ): Promise<TurnCancelled> {
    return this.turnCalls.cancel(sessionId, request, checkedOptions(CALL, options));
  }
}
