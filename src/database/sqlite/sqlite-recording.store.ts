import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import type { NewInterrupt, NewStep, TurnRecording } from '../../agents/recording/recording.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type {
  AnswerOutcome,
  ExpiryOutcome,
  InterruptAnswer,
  OverdueInterrupt,
  RecordingStore,
} from '../../turns/recording.store.js';
import type { TurnRun } from '../../turns/turn-run.js';
import { type StoreSettings, ttlOf } from '../database.options.js';
import {
  interruptColumns,
  outcomeOf,
  type OverdueRow,
  type RecordedRow,
  toOverdue,
  toRecording,
} from '../recording-row.js';
import { logEvent } from './log-event.js';
import * as statements from './recording-statements.js';
import { settleInError } from './settle-turn.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import type { SqliteDatabase, SqliteStatements } from './sqlite-database.js';

interface FoundRow {
  status: string;
  interrupt_id: string | null;
  schema: string | null;
}

interface CountedRow {
  session_id: string;
  status: 'queued' | 'interrupted';
  owner: string | null;
}

/** The {@link RecordingStore} on SQLite. */
export class SqliteRecordingStore implements RecordingStore {
  private readonly version: string | null;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly settings: StoreSettings,
  ) {
    this.version = settings.agentVersion ?? null;
  }

  async read(turnId: string): Promise<TurnRecording> {
    const find = statements.RECORDING({ turnId });
    return toRecording(await this.database.read((sql) => sql.all<RecordedRow>(find)));
  }

  async recordStep({ turnId, attempt }: TurnRun, step: NewStep): Promise<boolean> {
    const { name, occurrence, state } = step;
    const recorded = { name, occurrence, state, outcome: outcomeOf(step), version: this.version };
    return this.database.transaction((sql) => {
      const now = this.database.now();
      if (sql.run(statements.RECORD_STEP({ turnId, attempt, ...recorded, now })) === 0) return false;
      if (state === 'completed') logEvent(sql, turnId, 'step.completed', now, { data: { name } });
      return true;
    });
  }

  async suspend(run: TurnRun, interrupts: NewInterrupt[], totalTokens?: number): Promise<boolean> {
    const asked = interruptColumns(interrupts, this.settings.interruptTtl);
    return this.database.transaction((sql) => {
      const { turnId, attempt, sessionId } = run;
      const now = this.database.now();
      const pending = interrupts.length;
      const suspend = { turnId, attempt, pending, totalTokens: totalTokens ?? null };
      if (sql.run(statements.SUSPEND_TURN(suspend)) === 0) return false;
      sql.run(statements.SET_SESSION_STATUS({ sessionId, status: 'interrupted', now }));
      asked.ids.forEach((id, index) => {
        const expiresIn = asked.expiresIn[index] ?? null;
        sql.run(
          statements.ASK({
            id,
            turnId,
            key: asked.keys[index] ?? '',
            attempt,
            place: index + 1,
            payload: asked.payloads[index] ?? '',
            schema: asked.schemas[index] ?? null,
            expiresAt: expiresIn === null ? null : now + Number(expiresIn),
            expiryValue: asked.expiryValues[index] ?? null,
            version: this.version,
            now,
          }),
        );
      });
      logEvent(sql, turnId, 'turn.interrupted', now);
      sql.run(statements.LEAVE_INTERRUPT_DELIVERY({ id: randomUUID(), turnId, now }));
      return true;
    });
  }

  async answer(
    scope: SessionScope,
    sessionId: string,
    { interruptId, value, findProblem, request }: InterruptAnswer,
    manager?: EntityManager,
  ): Promise<AnswerOutcome> {
    return this.database.transaction((sql): AnswerOutcome => {
      const now = this.database.now();
      const ttl = ttlOf(this.settings);
      const repeated = findRequest(sql, request, { ttl, now });
      if (repeated) return repeated;
      const id = { id: sessionId, module: this.settings.module, owner: scope.owner ?? null, ttl, now };
      const found = sql.get<FoundRow>(statements.FIND_INTERRUPT({ ...id, interruptId }));
      if (!found) return { outcome: 'session_not_found' };
      if (found.status !== 'interrupted') return { outcome: 'not_interrupted' };
      if (found.interrupt_id === null) return { outcome: 'interrupt_not_found' };
      const problem = found.schema === null ? undefined : findProblem(found.schema);
      if (problem !== undefined) return { outcome: 'unfit', problem };
      const answered = this.end(sql, interruptId, { status: 'answered', value, now });
      if (!answered) return { outcome: 'interrupt_not_found' };
      const { turnId, owner } = answered;
      const status = answered.status === 'queued' ? 'running' : 'interrupted';
      if (request) recordRequest(sql, { ...request, answer: { ...request.answer, status } }, sessionId, now);
      return { outcome: 'answered', turnId, status, ...(owner === null ? {} : { owner }) };
    }, manager);
  }

  async overdue(limit: number): Promise<OverdueInterrupt[]> {
    const find = statements.OVERDUE({ module: this.settings.module, limit, now: this.database.now() });
    return (await this.database.read((sql) => sql.all<OverdueRow>(find))).map(toOverdue);
  }

  async expire(interrupt: OverdueInterrupt, error: string): Promise<ExpiryOutcome> {
    return this.database.transaction((sql): ExpiryOutcome => {
      const { id: interruptId, turnId, expiryValue: value } = interrupt;
      const now = this.database.now();
      if (!sql.get(statements.IS_OVERDUE({ interruptId, now }))) return undefined;
      if (value !== undefined) {
        const answered = this.end(sql, interruptId, { status: 'expired', value, now });
        return answered && (answered.status === 'queued' ? 'resumed' : 'still_interrupted');
      }
      if (sql.run(statements.FAIL_INTERRUPTED({ turnId, error, now })) === 0) return undefined;
      sql.get(statements.END_INTERRUPT({ interruptId, status: 'expired', value: null, now }));
      sql.run(statements.CANCEL_INTERRUPTS({ turnId, now }));
      settleInError(sql, interrupt, error, now);
      return 'failed';
    });
  }

  /** Answers a pending question; after the last one its turn is queued. */
  private end(
    sql: SqliteStatements,
    interruptId: string,
    { status, value, now }: { status: 'answered' | 'expired'; value: string; now: number },
  ): { turnId: string; status: CountedRow['status']; owner: string | null } | undefined {
    const ended = sql.get<{ turn_id: string }>(statements.END_INTERRUPT({ interruptId, status, value, now }));
    if (!ended) return undefined;
    const turnId = ended.turn_id;
    const counted = sql.get<CountedRow>(statements.COUNT_ANSWER({ turnId, now }));
    if (!counted) return undefined;
    if (counted.status === 'queued') {
      sql.run(statements.SET_SESSION_STATUS({ sessionId: counted.session_id, status: 'running', now }));
      logEvent(sql, turnId, 'turn.resumed', now);
    }
    return { turnId, status: counted.status, owner: counted.owner };
  }
}
