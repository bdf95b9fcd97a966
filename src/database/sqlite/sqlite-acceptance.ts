import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../../owners/session-scope.js';
import type { AcceptOutcome, NewTurn } from '../../turns/turn.store.js';
import { inMicroseconds } from '../columns.js';
import { type StoreSettings, ttlOf } from '../database.options.js';
import { toInterrupts } from '../interrupt-row.js';
import { sizeOf, toMessageRow } from '../message-columns.js';
import { type AcceptedSessionRow, toAcceptedRun } from '../turn-row.js';
import { LOG_QUEUED, LOG_QUEUED_AND_STARTED } from './event-statements.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import * as statements from './turn-statements.js';

/** A session as what decides about its turns sees it. */
export interface SessionStateRow extends Omit<AcceptedSessionRow, 'updated_at'> {
  current_turn_id: string | null;
  turn_count: number;
  history_bytes: number;
  /** JSON text. */
  interrupts: string | null;
}

/** How messages become turns: a part of the TurnStore on SQLite. */
export class SqliteAcceptance {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxHistory: number;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
    this.lease = inMicroseconds(settings.lease);
    this.maxHistory = settings.maxHistory;
  }

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome> {
    return this.database.transaction((sql): AcceptOutcome => {
      const { module, ttl } = this;
      const now = this.database.now();
      const repeated = findRequest(sql, turn.request, { ttl, now });
      if (repeated) return repeated;
      const id = { id: sessionId, module, owner: scope.owner ?? null, ttl, now };
      const session = sql.get<SessionStateRow>(statements.SESSION_STATE(id));
      if (!session) return { outcome: 'session_not_found' };
      if (session.current_turn_id !== null) {
        const { current_turn_id: turnId, interrupts } = session;
        return { outcome: 'busy', turnId, interrupts: toInterrupts(interrupts) };
      }
      if (session.history_bytes + sizeOf([toMessageRow(turn.message)]) > this.maxHistory) {
        return { outcome: 'history_too_large' };
      }
      sql.run(statements.OCCUPY_SESSION({ sessionId, turnId: turn.id, now }));
      const inserted = {
        turnId: turn.id,
        sessionId,
        module,
        number: session.turn_count + 1,
        input: JSON.stringify(turn.message),
        webhook: turn.webhook ? JSON.stringify(turn.webhook) : null,
        traceparent: turn.traceparent ?? null,
        clientMessage: turn.client?.messageId ?? null,
        clientRun: turn.client?.runId ?? null,
        lastEvent: session.last_event_id,
        now,
      };
      const logged = { sessionId, turnId: turn.id, lastEvent: session.last_event_id, now };
      recordRequest(sql, turn.request, sessionId, now);
      if (turn.worker === undefined) {
        sql.run(statements.INSERT_TURN(inserted));
        sql.run(LOG_QUEUED(logged));
        return { outcome: 'accepted', owner: session.owner ?? undefined };
      }
      const { worker } = turn;
      sql.run(statements.INSERT_RUNNING_TURN({ ...inserted, worker, leaseUntil: now + this.lease }));
      sql.run(LOG_QUEUED_AND_STARTED(logged));
      const run = toAcceptedRun(sessionId, turn, { ...session, updated_at: now });
      return { outcome: 'accepted', owner: run.owner, run };
    }, manager);
  }
}
