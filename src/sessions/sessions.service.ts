import { Injectable } from '@nestjs/common';

import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryRange } from '../messages/chat-message.repository.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import type { TurnRecord } from '../turns/turn.js';
import type { TurnPage } from '../turns/turn.js';
import { DeliveriesService } from '../webhooks/deliveries.service.js';
import type { Delivery, DeliveryRange, RedeliveryAccepted } from '../webhooks/delivery.js';
import type { DeliveryPage } from '../webhooks/delivery.store.js';
import type {
  CancelRequest,
  CreateSessionRequest,
  IdempotentCallOptions,
  ListOptions,
  MessageAccepted,
  MessageRequest,
  TurnCancelled,
  TurnRange,
  WaitOptions,
} from './session-calls.js';
import { SessionLifetime } from './session-lifetime.js';
import { SessionReads } from './session-reads.js';
import type { Session, SessionSummary } from './session.js';
import type { SessionPage } from './session.store.js';
import { TurnCalls } from './turn-calls.js';

/**
 * The sessions API in process: what the HTTP routes do, with the same rules, answers and exceptions. Exported by the
 * module. Every method also throws DatabaseUnavailableException and TryAgainException.
 *
 * @example
 * ```ts
 * const { session_id } = await sessions.create();
 * await sessions.send(session_id, { content: 'hello' });
 * const { response } = await sessions.get(session_id, { wait: true });
 * ```
 */
@Injectable()
export class SessionsService {
  /** @internal */
  constructor(
    private readonly lifetime: SessionLifetime,
    private readonly reads: SessionReads,
    private readonly turnCalls: TurnCalls,
    private readonly deliveryCalls: DeliveriesService,
  ) {}

  /**
   * Creates a session.
   * @throws SessionLimitReachedException, HistoryTooLargeException, ValidationFailedException; with a key
   * IdempotencyKeyReusedException, IdempotencyInProgressException
   * @example
   * ```ts
   * const session = await sessions.create({ metadata: { customer: 'c-17' } }, { owner: 'ada' });
   * ```
   */
  create(request: CreateSessionRequest = {}, options: IdempotentCallOptions = {}): Promise<Session> {
    return this.lifetime.create(request, options);
  }

  /**
   * Creates a session under an id of the caller's, which the option `allowCustomIds` must allow.
   * @throws CustomIdsDisabledException, InvalidSessionIdException, SessionExistsException, and what `create` throws
   * @example
   * ```ts
   * await sessions.put('550e8400-e29b-41d4-a716-446655440000');
   * ```
   */
  put(
    sessionId: string,
    request: CreateSessionRequest = {},
    options: SessionCallOptions = {},
  ): Promise<Session> {
    return this.lifetime.put(sessionId, request, options);
  }

  /**
   * Reads a session, at once or when its turn has ended.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { status, response } = await sessions.get(sessionId, { wait: true, timeout: 30_000 });
   * ```
   */
  get(sessionId: string, options: SessionCallOptions & WaitOptions = {}): Promise<Session> {
    return this.reads.get(sessionId, options);
  }

  /**
   * Lists sessions, newest first.
   * @throws ValidationFailedException if the owner cannot be one
   * @example
   * ```ts
   * const running = await sessions.list({ status: 'running' }, { owner: 'ada' });
   * ```
   */
  async list(page: ListOptions = {}, options: SessionCallOptions = {}): Promise<SessionSummary[]> {
    return (await this.page(page, options)).sessions;
  }

  /**
   * Lists sessions, with the place where the next page begins.
   * @throws ValidationFailedException if the owner cannot be one
   * @example
   * ```ts
   * const { sessions: first, next } = await sessions.page({ limit: 100 });
   * ```
   */
  page(page: ListOptions = {}, options: SessionCallOptions = {}): Promise<SessionPage> {
    return this.reads.page(page, options);
  }

  /**
   * Removes a session with all that belongs to it. A running turn is aborted and can never come back.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * await sessions.delete(sessionId);
   * ```
   */
  delete(sessionId: string, options: SessionCallOptions = {}): Promise<void> {
    return this.lifetime.delete(sessionId, options);
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
  send(
    sessionId: string,
    request: MessageRequest,
    options: IdempotentCallOptions = {},
  ): Promise<MessageAccepted> {
    return this.turnCalls.send(sessionId, request, options);
  }

  /**
   * Reads the recorded history, oldest message first: all of it or a part.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const firstTen = await sessions.messages(sessionId, { limit: 10 });
   * ```
   */
  messages(sessionId: string, options: SessionCallOptions & HistoryRange = {}): Promise<ChatMessage[]> {
    return this.reads.messages(sessionId, options);
  }

  /**
   * Reads the same in batches, so that a large history is never in memory as a whole.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * for await (const batch of await sessions.messageBatches(sessionId)) console.log(batch.length);
   * ```
   */
  messageBatches(
    sessionId: string,
    options: SessionCallOptions & HistoryRange = {},
  ): Promise<AsyncGenerator<ChatMessage[], void>> {
    return this.reads.messageBatches(sessionId, options);
  }

  /**
   * Lists the session's turns, oldest first. A page of large turns has fewer than `limit`.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const [first] = await sessions.turns(sessionId, { limit: 1 });
   * ```
   */
  async turns(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnRecord[]> {
    return (await this.turnPage(sessionId, options)).turns;
  }

  /**
   * Lists the same, with the number after which the next page begins.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { turns, next } = await sessions.turnPage(sessionId, { after: 100 });
   * ```
   */
  turnPage(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnPage> {
    return this.turnCalls.page(sessionId, options);
  }

  /**
   * Ends the unfinished turn: when this resolves, the session is in `error` with `Turn cancelled`.
   * @throws SessionNotFoundException, NothingRunningException, TurnMismatchException
   * @example
   * ```ts
   * await sessions.cancel(sessionId);
   * ```
   */
  cancel(
    sessionId: string,
    request: CancelRequest = {},
    options: SessionCallOptions = {},
  ): Promise<TurnCancelled> {
    return this.turnCalls.cancel(sessionId, request, options);
  }

  /**
   * Lists the session's webhook deliveries in the order of its turns.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const deliveries = await sessions.deliveries(sessionId);
   * ```
   */
  async deliveries(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<Delivery[]> {
    return (await this.deliveryPage(sessionId, options)).deliveries;
  }

  /**
   * Lists the same, with the number of the turn after which the next page begins.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { deliveries, next } = await sessions.deliveryPage(sessionId, { after: 100 });
   * ```
   */
  deliveryPage(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<DeliveryPage> {
    return this.deliveryCalls.page(sessionId, options);
  }

  /**
   * Delivers again, under the same `webhook-id` and with the full schedule of attempts.
   * @throws SessionNotFoundException, DeliveryNotFoundException
   * @example
   * ```ts
   * await sessions.redeliver(sessionId, '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10');
   * ```
   */
  redeliver(
    sessionId: string,
    deliveryId: string,
    options: SessionCallOptions = {},
  ): Promise<RedeliveryAccepted> {
    return this.deliveryCalls.redeliver(sessionId, deliveryId, options);
  }
}
