import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import {
  HistoryTooLargeException,
  NothingRunningException,
  SessionBusyException,
  SessionNotFoundException,
  TurnMismatchException,
} from '../exceptions/index.js';
import { failpoint } from '../failpoints/failpoints.js';
import { firstAnswer, idempotentRequest } from '../idempotency/idempotency-key.js';
import { compactMessage } from '../messages/chat-message.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { Tracing } from '../telemetry/tracing.js';
import { TurnAcceptance } from '../turns/turn-acceptance.js';
import { TURN_STORE, type TurnStore } from '../turns/turn.store.js';
import type { ClientNames } from '../turns/turn-read.store.js';
import { canonicalUuid, NO_ID } from '../validation/session-id.js';
import { given } from '../validation/given.js';
import { toWebhook } from '../webhooks/webhook.js';
import { CancelRequestDto } from './cancel-request.dto.js';
import { MessageRequestDto } from './message-request.dto.js';
import type { IdempotentCallOptions } from './call-options.js';
import type { CancelRequest, MessageAccepted, MessageRequest, TurnCancelled } from './session-calls.js';
import { SessionEffects } from './session-effects.js';
import { idOf } from './session-id.js';

/** A message of a client of a UI protocol. */
export interface AskedByClient {
  client?: ClientNames | undefined;
}

/** The part of SessionsService that starts and cancels turns. */
@Injectable()
export class TurnCalls {
  constructor(
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    private readonly acceptance: TurnAcceptance,
    private readonly effects: SessionEffects,
    private readonly tracing: Tracing,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async send(
    sessionId: string,
    request: MessageRequest,
    options: IdempotentCallOptions & AskedByClient = {},
  ): Promise<MessageAccepted> {
    const { role, content, webhook, ...details } = given(MessageRequestDto, request);
    const id = idOf(sessionId);
    const scope = scopeOf(options);
    const message = compactMessage({ ...details, role: role ?? 'user', content: content ?? null });
    const turnId = randomUUID();
    const answer: MessageAccepted = { session_id: id, status: 'running', turn_id: turnId };
    const { client } = options;
    const operation = client ? 'ask' : 'send';
    const key = { module: this.options.name, owner: scope.owner, operation, sessionId: id } as const;
    // A client's message is known by its id alone: what a client adds to it may differ when it sends it again.
    const body = client ? {} : { message, webhook: withDefaults(webhook) };
    const { outcome: accepted, run } = await this.acceptance.accept(
      scope,
      id,
      {
        id: turnId,
        message,
        webhook: webhook ? toWebhook(webhook, this.options.webhooks.allowPrivateAddresses) : undefined,
        traceparent: this.tracing.activeTraceparent,
        client,
        request: await idempotentRequest(options.idempotencyKey, key, body, answer),
      },
      options.manager,
    );
    switch (accepted.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'busy':
        throw new SessionBusyException(id, accepted.turnId, accepted.interrupts);
      case 'history_too_large':
        throw new HistoryTooLargeException(this.options.maxHistory);
      case 'accepted':
        failpoint('accepted');
        this.effects.accepted({ sessionId: id, turnId, owner: accepted.owner }, options.manager, run);
        return answer;
      default:
        return firstAnswer(accepted).answer as MessageAccepted;
    }
  }

  async cancel(
    sessionId: string,
    request: CancelRequest = {},
    options: SessionCallOptions = {},
  ): Promise<TurnCancelled> {
    const turnId = given(CancelRequestDto, request).turn_id ?? undefined;
    const id = idOf(sessionId);
    const wanted = turnId === undefined ? undefined : (canonicalUuid(turnId) ?? NO_ID);
    const cancelled = await this.turns.cancel(scopeOf(options), id, wanted, options.manager);
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
}

/** A webhook as compared between repeats of a request, independently of the setting of the accepting process. */
function withDefaults(webhook: MessageRequest['webhook']): object | null {
  return webhook ? toWebhook(webhook, false) : null;
}
