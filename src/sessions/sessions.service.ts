import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import {
  CustomIdsDisabledException,
  HistoryTooLargeException,
  InvalidSessionIdException,
  NothingRunningException,
  SessionBusyException,
  SessionExistsException,
  SessionLimitReachedException,
  SessionNotFoundException,
  TurnMismatchException,
} from '../exceptions/index.js';
import { failpoint } from '../failpoints/failpoints.js';
import { firstAnswer, idempotentRequest, type IdempotentRequest } from '../idempotency/idempotency-key.js';
import { type ChatMessage, compactMessage } from '../messages/chat-message.js';
import { ChatMessageRepository, type HistoryRange } from '../messages/chat-message.repository.js';
import { MessageRequestDto } from './message-request.dto.js';
import { SessionWaiters } from './session-waiters.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { Tracing } from '../telemetry/tracing.js';
import { WaitLimit } from '../timing/wait-limit.js';
import type { TurnRecord } from '../turns/turn.js';
import { TurnAcceptance } from '../turns/turn-acceptance.js';
import { TurnRunner } from '../turns/turn-runner.js';
import { TURN_STORE, type TurnPage, type TurnStore } from '../turns/turn.store.js';
import { validated } from '../validation/validated.js';
import { DeliveriesService } from '../webhooks/deliveries.service.js';
import type { Delivery, DeliveryRange, RedeliveryAccepted } from '../webhooks/delivery.js';
import type { DeliveryPage } from '../webhooks/delivery.store.js';
import { toWebhook } from '../webhooks/webhook.js';
import type {
  CreateSessionRequest,
  IdempotentCallOptions,
  MessageAccepted,
  MessageRequest,
  TurnCancelled,
  TurnRange,
  WaitOptions,
} from './session-calls.js';
import { SessionEffects } from './session-effects.js';
import { canonicalUuid } from '../validation/session-id.js';
import { CreateSessionDto } from './create-session.dto.js';
import { newSession, type Session, type SessionStatus, type SessionSummary } from './session.js';
import { SESSION_STORE, type SessionCursor, type SessionPage, type SessionStore } from './session.store.js';

/** The sessions API in process: the same rules, answers and exceptions as the HTTP routes. Exported by the module. */
@Injectable()
export class SessionsService {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(TURN_STORE) private readonly turnStore: TurnStore,
    private readonly messageRepository: ChatMessageRepository,
    private readonly acceptance: TurnAcceptance,
    private readonly runner: TurnRunner,
    private readonly deliveryCalls: DeliveriesService,
    private readonly waiters: SessionWaiters,
    private readonly effects: SessionEffects,
    private readonly tracing: Tracing,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /**
   * Creates a session. Throws SessionLimitReachedException, ValidationFailedException, and with a key
   * IdempotencyKeyReusedException, IdempotencyInProgressException.
   */
  async create(request: CreateSessionRequest = {}, options: IdempotentCallOptions = {}): Promise<Session> {
    return this.createWithId(randomUUID(), request, options);
  }

  /**
   * Creates a session under an id of the caller's choice. Throws CustomIdsDisabledException,
   * InvalidSessionIdException, SessionExistsException and the exceptions of `create`.
   */
  async put(
    sessionId: string,
    request: CreateSessionRequest = {},
    options: SessionCallOptions = {},
  ): Promise<Session> {
    if (!this.options.allowCustomIds) throw new CustomIdsDisabledException();
    const id = canonicalUuid(sessionId);
    if (id === undefined) throw new InvalidSessionIdException(sessionId);
    return this.createWithId(id, request, options);
  }

  /** Returns a session, at once or when it no longer runs. Throws SessionNotFoundException. */
  async get(sessionId: string, options: SessionCallOptions & WaitOptions = {}): Promise<Session> {
    const id = this.idOf(sessionId);
    const scope = scopeOf(options);
    const read = async () => found(sessionId, await this.sessions.find(scope, id, options.manager));
    if (!options.wait) return read();
    const waiter = this.waiters.wait(scope, id);
    const limit = new WaitLimit(options);
    try {
      // For a run in this process no read is needed now: the session is read when the run ends.
      if (options.manager === undefined && this.runner.runsTurnOf(scope, id) && !this.waiters.isClosed) {
        waiter.assume({ session_id: id, status: 'running', response: null, error: null, interrupts: null });
      } else {
        const session = await read();
        if (session.status !== 'running' || this.waiters.isClosed) return session;
        waiter.saw(session);
      }
      const outcome = await Promise.race([waiter.settled.then((settled) => ({ settled })), limit.ended]);
      return outcome ? found(sessionId, outcome.settled) : await read();
    } finally {
      limit.stop();
      waiter.stop();
    }
  }

  /** Sessions, newest first; at most 1,000 unless `limit` says less. */
  async list(
    page: { limit?: number | undefined; status?: SessionStatus | undefined } = {},
    options: Pick<SessionCallOptions, 'owner'> = {},
  ): Promise<SessionSummary[]> {
    return (await this.page(page, options)).sessions;
  }

  /** One page of the list, with the position of the next page. */
  async page(
    page: {
      limit?: number | undefined;
      after?: SessionCursor | undefined;
      status?: SessionStatus | undefined;
    },
    options: Pick<SessionCallOptions, 'owner'> = {},
  ): Promise<SessionPage> {
    return this.sessions.list(scopeOf(options), { ...page, limit: page.limit ?? 1000 });
  }

  /** Removes a session; a running turn is aborted and never runs again. Throws SessionNotFoundException. */
  async delete(sessionId: string, options: SessionCallOptions = {}): Promise<void> {
    const id = this.idOf(sessionId);
    const removed = await this.sessions.remove(scopeOf(options), id, options.manager);
    if (!removed) throw new SessionNotFoundException(sessionId);
    this.effects.deleted({ sessionId: id, owner: removed.owner }, options.manager);
  }

  /**
   * Accepts a message: when this resolves it is stored, and the agent runs in the background. Throws
   * SessionNotFoundException, SessionBusyException, ValidationFailedException. With `manager` the message is
   * accepted when the caller's transaction commits, and the agent runs then.
   */
  async send(
    sessionId: string,
    request: MessageRequest,
    options: IdempotentCallOptions = {},
  ): Promise<MessageAccepted> {
    const { role, content, webhook, ...details } = validated(MessageRequestDto, request);
    const id = this.idOf(sessionId);
    const message = compactMessage({ ...details, role: role ?? 'user', content: content ?? null });
    const turnId = randomUUID();
    const answer: MessageAccepted = { session_id: id, status: 'running', turn_id: turnId };
    const { outcome: accepted, run } = await this.acceptance.accept(
      scopeOf(options),
      id,
      {
        id: turnId,
        message,
        webhook: webhook ? toWebhook(webhook, this.options.webhooks.allowPrivateAddresses) : undefined,
        traceparent: this.tracing.activeTraceparent,
        request: await this.once('send', options, id, { message, webhook: withDefaults(webhook) }, answer),
      },
      options.manager,
    );
    switch (accepted.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'busy':
        throw new SessionBusyException(id, accepted.turnId);
      case 'history_too_large':
        throw new HistoryTooLargeException(this.options.maxHistory);
      case 'accepted':
        failpoint('accepted');
        this.effects.accepted({ sessionId: id, turnId, owner: accepted.owner }, options.manager, run);
        return answer;
      default:
        return firstAnswer(accepted) as MessageAccepted;
    }
  }

  /** The recorded history, oldest first: all of it, or a page of it. Throws SessionNotFoundException. */
  async messages(sessionId: string, options: SessionCallOptions & HistoryRange = {}): Promise<ChatMessage[]> {
    const id = this.idOf(sessionId);
    return found(
      sessionId,
      await this.messageRepository.history(scopeOf(options), id, options, options.manager),
    );
  }

  /** The same in batches, so that a large history is never held as a whole. Throws SessionNotFoundException. */
  async messageBatches(
    sessionId: string,
    options: SessionCallOptions & HistoryRange = {},
  ): Promise<AsyncGenerator<ChatMessage[], void>> {
    const id = this.idOf(sessionId);
    return found(
      sessionId,
      await this.messageRepository.open(scopeOf(options), id, options, options.manager),
    );
  }

  /**
   * The session's turns, oldest first: those after the number `after`, at most `limit` (100 by default, 1,000 at
   * most), and fewer where they are large. Throws SessionNotFoundException.
   */
  async turns(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnRecord[]> {
    return (await this.turnPage(sessionId, options)).turns;
  }

  /** The same, and the number after which the next page begins. */
  async turnPage(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnPage> {
    const id = this.idOf(sessionId);
    const { limit = DEFAULT_PAGE, after } = options;
    const page = await this.turnStore.list(scopeOf(options), id, { limit, after }, options.manager);
    return found(sessionId, page);
  }

  /**
   * Ends the unfinished turn: when this resolves, the session is in `error` with "Turn cancelled". Throws
   * SessionNotFoundException, NothingRunningException, TurnMismatchException.
   */
  async cancel(
    sessionId: string,
    request: { turn_id?: string | null | undefined } = {},
    options: SessionCallOptions = {},
  ): Promise<TurnCancelled> {
    const id = this.idOf(sessionId);
    const turnId = request.turn_id ?? undefined;
    const wanted = turnId === undefined ? undefined : (canonicalUuid(turnId) ?? NO_TURN);
    const cancelled = await this.turnStore.cancel(scopeOf(options), id, wanted, options.manager);
    switch (cancelled.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'nothing_running':
        throw new NothingRunningException(id);
      case 'turn_mismatch':
        throw new TurnMismatchException(id, cancelled.turnId);
      case 'cancelled':
        this.effects.cancelled({ sessionId: id, ...cancelled }, options.manager);
        return { session_id: id, status: 'error' };
    }
  }

  /**
   * The session's webhook deliveries in the order of its turns: those after the turn of the number `after`, at most
   * `limit` (100 by default, 1,000 at most). Throws SessionNotFoundException.
   */
  async deliveries(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<Delivery[]> {
    return (await this.deliveryPage(sessionId, options)).deliveries;
  }

  /** The same, and the number after which the next page begins. */
  async deliveryPage(
    sessionId: string,
    options: SessionCallOptions & DeliveryRange = {},
  ): Promise<DeliveryPage> {
    return this.deliveryCalls.page(sessionId, options);
  }

  /**
   * Delivers again, under the same `webhook-id` and with the full schedule of attempts. Throws
   * SessionNotFoundException, DeliveryNotFoundException.
   */
  async redeliver(
    sessionId: string,
    deliveryId: string,
    options: SessionCallOptions = {},
  ): Promise<RedeliveryAccepted> {
    return this.deliveryCalls.redeliver(sessionId, deliveryId, options);
  }

  private async createWithId(
    id: string,
    request: CreateSessionRequest,
    options: IdempotentCallOptions,
  ): Promise<Session> {
    const { state: given, metadata } = validated(CreateSessionDto, request);
    const state = (given ?? []).map(compactMessage);
    const answer = newSession(id, metadata);
    const created = await this.sessions.create(
      {
        id,
        owner: scopeOf(options).owner,
        metadata: metadata ?? undefined,
        state,
        request: await this.once('create', options, undefined, { state, metadata: metadata ?? null }, answer),
      },
      options.manager,
    );
    if (created.expired) this.effects.expired(created.expired, options.manager);
    switch (created.outcome) {
      case 'created':
        this.effects.created({ sessionId: id, owner: options.owner }, options.manager);
        return answer;
      case 'exists':
        throw new SessionExistsException(id);
      case 'limit_reached':
        throw new SessionLimitReachedException(this.options.maxSessions ?? 0);
      case 'history_too_large':
        throw new HistoryTooLargeException(this.options.maxHistory);
      default:
        return firstAnswer(created) as Session;
    }
  }

  private async once(
    operation: 'create' | 'send',
    { idempotencyKey, owner }: IdempotentCallOptions,
    sessionId: string | undefined,
    body: unknown,
    answer: object,
  ): Promise<IdempotentRequest | undefined> {
    const scope = { module: this.options.name, owner, operation, sessionId };
    return idempotentRequest(idempotencyKey, scope, body, answer);
  }

  private idOf(sessionId: string): string {
    const id = canonicalUuid(sessionId);
    if (id === undefined) throw new SessionNotFoundException(sessionId);
    return id;
  }
}

/**
 * A webhook as compared between repeats of a request, independently of the setting of the process that accepts them.
 */
function withDefaults(webhook: MessageRequest['webhook']): object | null {
  return webhook ? toWebhook(webhook, false) : null;
}

/** Default number of turns in a page. */
const DEFAULT_PAGE = 100;

/** An id that no turn has. */
const NO_TURN = '00000000-0000-0000-0000-000000000000';

/** The value that was read. Throws SessionNotFoundException if there is none. */
function found<T>(sessionId: string, read: T | undefined): T {
  if (read === undefined) throw new SessionNotFoundException(sessionId);
  return read;
}
