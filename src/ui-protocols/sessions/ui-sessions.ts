import { Inject, Injectable } from '@nestjs/common';

import { SessionNotFoundException } from '../../exceptions/index.js';
import { messageIdOf } from '../../messages/message-id.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { CancelRequest, TurnCancelled } from '../../sessions/session-calls.js';
import { SessionLifetime } from '../../sessions/session-lifetime.js';
import { SessionReads } from '../../sessions/session-reads.js';
import type { OwnedSession } from '../../sessions/session.js';
import { TurnCalls } from '../../sessions/turn-calls.js';
import { TURN_STORE, type TurnStore } from '../../turns/turn.store.js';
import type { ClientTurn } from '../../turns/turn-read.store.js';
import { canonicalUuid } from '../../validation/session-id.js';
import { derivedSessionId } from './derived-id.js';

/** A thread or chat of a client. */
export interface FoundSession {
  /** The id of its session, which exists only if `session` is there. */
  id: string;
  session?: OwnedSession;
}

/** The sessions of clients that choose the ids of their threads and chats, and of their messages. */
@Injectable()
export class UiSessions {
  constructor(
    private readonly reads: SessionReads,
    private readonly lifetime: SessionLifetime,
    private readonly calls: TurnCalls,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** A session of this owner by its id, else the session that the client's id stands for. */
  async find(clientId: string, scope: SessionScope): Promise<FoundSession> {
    const own = canonicalUuid(clientId);
    const session = own === undefined ? undefined : await this.read(own, scope);
    if (session) return { id: session.session_id, session };
    const id = derivedSessionId(clientId, this.options.name, scope.owner);
    const derived = await this.read(id, scope);
    return derived ? { id, session: derived } : { id };
  }

  /** The same, of which a session exists afterwards. */
  async open(clientId: string, scope: SessionScope): Promise<FoundSession> {
    const found = await this.find(clientId, scope);
    if (!found.session) await this.lifetime.ensure(found.id, scope);
    return found;
  }

  /** The last turn that a client's message has started. */
  async askedBy(
    messageId: string,
    session: OwnedSession,
    scope: SessionScope,
  ): Promise<ClientTurn | undefined> {
    const { session_id: id, turn_id: last } = session;
    const [asked] = await this.turns.clientTurns(scope, id, { messageId });
    if (asked || last === null || messageIdOf(last) !== messageId) return asked;
    // The message came by the API, and the client knows the id that it has in the log.
    return this.turn(last, session, scope);
  }

  /** A turn by its id, which clients know. */
  async turn(turnId: string, session: OwnedSession, scope: SessionScope): Promise<ClientTurn | undefined> {
    const id = canonicalUuid(turnId);
    if (id === undefined) return undefined;
    return (await this.clientTurns([id], session.session_id, scope)).get(id);
  }

  async clientTurns(
    turnIds: string[],
    sessionId: string,
    scope: SessionScope,
  ): Promise<Map<string, ClientTurn>> {
    if (turnIds.length === 0) return new Map();
    const turns = await this.turns.clientTurns(scope, sessionId, { turnIds });
    return new Map(turns.map((turn) => [turn.turnId, turn]));
  }

  async cancel(clientId: string, request: CancelRequest, scope: SessionScope): Promise<TurnCancelled> {
    const { id, session } = await this.find(clientId, scope);
    if (!session) throw new SessionNotFoundException(clientId);
    return this.calls.cancel(id, request, scope);
  }

  private async read(id: string, scope: SessionScope): Promise<OwnedSession | undefined> {
    try {
      return await this.reads.get(id, scope);
    } catch (error) {
      if (error instanceof SessionNotFoundException) return undefined;
      throw error;
    }
  }
}
