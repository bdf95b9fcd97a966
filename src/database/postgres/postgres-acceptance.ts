import type { EntityManager } from 'typeorm';

import { TryAgainException } from '../../exceptions/index.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { AcceptOutcome, NewTurn } from '../../turns/turn.store.js';
import { inMicroseconds } from '../columns.js';
import { type StoreSettings, ttlOf } from '../database.options.js';
import { toInterrupts } from '../interrupt-row.js';
import { sizeOf, toMessageRow } from '../message-columns.js';
import { type AcceptedSessionRow, toAcceptedRun } from '../turn-row.js';
import { ACCEPT, ACCEPT_RUNNING } from './accept-statements.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import { once } from './postgres-idempotency.js';
import { SESSION_STATE } from './turn-statements.js';

/** How often it is tried when the session changes between the statement and the look at why it was refused. */
const MAX_TRIES = 10;

/** How messages become turns: a part of the TurnStore on PostgreSQL. */
export class PostgresAcceptance {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxHistory: number;

  constructor(
    private readonly database: PostgresDatabase,
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
    const { module, ttl } = this;
    const session = { id: sessionId, module, owner: scope.owner ?? null, ttl };
    const room = this.maxHistory - sizeOf([toMessageRow(turn.message)]);
    const write = this.writing(sessionId, turn, { ...session, lockTimeout: lockTimeout(manager), room });
    const accept = async (run: Run): Promise<AcceptOutcome> => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const accepted = await write(run);
        if (accepted) return accepted;
        interface Row {
          current_turn_id: string | null;
          history_bytes: string;
          interrupts: string | null;
        }
        const [found] = await run<Row>(SESSION_STATE(session));
        if (!found) return { outcome: 'session_not_found' };
        if (found.current_turn_id !== null) {
          const { current_turn_id: turnId, interrupts } = found;
          return { outcome: 'busy', turnId, interrupts: toInterrupts(interrupts) };
        }
        if (Number(found.history_bytes) > room) return { outcome: 'history_too_large' };
      }
      throw new TryAgainException();
    };
    const { request } = turn;
    if (!request) return accept((query) => this.database.run(query, manager));
    const answerTo = ({ outcome }: AcceptOutcome) => (outcome === 'accepted' ? request.answer : undefined);
    return once(this.database, { request, sessionId, ttl }, accept, answerTo, manager);
  }

  /** The statement that accepts a turn, as queued or with its first run; undefined where it is refused. */
  private writing(
    sessionId: string,
    turn: NewTurn,
    guard: {
      id: string;
      module: string;
      owner: string | null;
      ttl: number | null;
      lockTimeout: string | null;
      room: number;
    },
  ): (run: Run) => Promise<AcceptOutcome | undefined> {
    const values = {
      ...guard,
      turnId: turn.id,
      input: JSON.stringify(turn.message),
      webhook: turn.webhook ? JSON.stringify(turn.webhook) : null,
      traceparent: turn.traceparent ?? null,
      clientMessage: turn.client?.messageId ?? null,
      clientRun: turn.client?.runId ?? null,
    };
    if (turn.worker === undefined) {
      const query = ACCEPT(values);
      return async (run) => {
        const [row] = await run<{ owner: string | null }>(query);
        return row && { outcome: 'accepted', owner: row.owner ?? undefined };
      };
    }
    const query = ACCEPT_RUNNING({ ...values, lease: this.lease, worker: turn.worker });
    return async (run) => {
      const [row] = await run<AcceptedSessionRow>(query);
      if (!row) return undefined;
      const first = toAcceptedRun(sessionId, turn, row);
      return { outcome: 'accepted', owner: first.owner, run: first };
    };
  }
}
