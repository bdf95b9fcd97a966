import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import {
  CustomIdsDisabledException,
  HistoryTooLargeException,
  InvalidSessionIdException,
  SessionExistsException,
  SessionLimitReachedException,
  SessionNotFoundException,
} from '../exceptions/index.js';
import { firstAnswer, idempotentRequest } from '../idempotency/idempotency-key.js';
import { compactMessage } from '../messages/chat-message.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { canonicalUuid } from '../validation/session-id.js';
import { given } from '../validation/given.js';
import { CreateSessionDto } from './create-session.dto.js';
import type { IdempotentCallOptions } from './call-options.js';
import type { CreateSessionRequest, UpdateSessionRequest } from './session-calls.js';
import { SessionEffects } from './session-effects.js';
import { idOf, requireFound } from './session-id.js';
import { newSession, type OwnedSession, type Session } from './session.js';
import { type Metadata, patchedMetadata } from './metadata.js';
import { UpdateSessionDto } from './update-session.dto.js';
import { SESSION_STORE, type SessionStore } from './session.store.js';

/** The part of SessionsService that creates, updates and removes sessions. */
@Injectable()
export class SessionLifetime {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly effects: SessionEffects,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async create(
    request: CreateSessionRequest = {},
    options: IdempotentCallOptions = {},
  ): Promise<OwnedSession> {
    return this.createWithId(randomUUID(), request, options);
  }

  async put(
    sessionId: string,
    request: CreateSessionRequest = {},
    options: SessionCallOptions = {},
  ): Promise<OwnedSession> {
    if (!this.options.allowCustomIds) throw new CustomIdsDisabledException();
    const id = canonicalUuid(sessionId);
    if (id === undefined) throw new InvalidSessionIdException(sessionId);
    return this.createWithId(id, request, options);
  }

  /** Creates a session under an id that the module has derived, unless it exists. */
  async ensure(id: string, { owner }: { owner?: string | undefined }): Promise<void> {
    try {
      await this.createWithId(id, {}, { owner });
    } catch (error) {
      if (!(error instanceof SessionExistsException)) throw error;
    }
  }

  async update(
    sessionId: string,
    request: UpdateSessionRequest,
    options: SessionCallOptions = {},
  ): Promise<OwnedSession> {
    const { metadata: patch } = given(UpdateSessionDto, request);
    const change = (metadata: Metadata | undefined) => patchedMetadata(metadata, patch);
    const id = idOf(sessionId);
    return requireFound(sessionId, await this.sessions.update(scopeOf(options), id, change, options.manager));
  }

  async delete(sessionId: string, options: SessionCallOptions = {}): Promise<void> {
    const id = idOf(sessionId);
    const removed = await this.sessions.remove(scopeOf(options), id, options.manager);
    if (!removed) throw new SessionNotFoundException(sessionId);
    this.effects.deleted({ sessionId: id, owner: removed.owner }, options.manager);
  }

  private async createWithId(
    id: string,
    request: CreateSessionRequest,
    options: IdempotentCallOptions,
  ): Promise<OwnedSession> {
    const { state: messages, metadata } = given(CreateSessionDto, request);
    const { owner } = scopeOf(options);
    const state = (messages ?? []).map(compactMessage);
    const answer = { session_id: id, ...(metadata ? { metadata } : {}) };
    const scope = { module: this.options.name, owner, operation: 'create' } as const;
    const body = { state, metadata: metadata ?? null };
    const created = await this.sessions.create(
      {
        id,
        owner,
        metadata: metadata ?? undefined,
        state,
        request: await idempotentRequest(options.idempotencyKey, scope, body, answer),
      },
      options.manager,
    );
    if (created.expired) this.effects.expired(created.expired, options.manager);
    switch (created.outcome) {
      case 'created':
        this.effects.created({ sessionId: id, owner: options.owner }, options.manager);
        return newSession({ id, owner, metadata, createdAt: created.createdAt });
      case 'exists':
        throw new SessionExistsException(id);
      case 'limit_reached':
        throw new SessionLimitReachedException(this.options.maxSessions ?? 0);
      case 'history_too_large':
        throw new HistoryTooLargeException(this.options.maxHistory);
      default:
        return replayed(firstAnswer(created), owner);
    }
  }
}

/** The answer to a repeat: the session as it was created. */
function replayed(
  { answer, sessionCreatedAt: createdAt }: ReturnType<typeof firstAnswer>,
  owner: string | undefined,
): OwnedSession {
  const { session_id: id, metadata } = answer as Pick<Session, 'session_id' | 'metadata'>;
  return newSession({ id, owner, metadata, createdAt });
}
