import type { EntityManager } from 'typeorm';

import type { NewInterrupt, NewStep, TurnRecording } from '../../agents/recording/recording.js';
import { TryAgainException } from '../../exceptions/index.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type {
  AnswerOutcome,
  ExpiryOutcome,
  InterruptAnswer,
  OverdueInterrupt,
  RecordingStore,
} from '../../turns/recording.store.js';
import type { TurnRun } from '../../turns/turn-run.js';
import { LOCK_TIMEOUT_MS, type StoreSettings, ttlOf } from '../database.options.js';
import {
  interruptColumns,
  outcomeOf,
  type OverdueRow,
  type RecordedRow,
  toOverdue,
  toRecording,
} from '../recording-row.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import { once } from './postgres-idempotency.js';
import * as statements from './recording-statements.js';
import { fence } from './run-end.js';

/** How often an answer is tried when the session changes between the look at its question and the statement. */
const MAX_TRIES = 3;

const LOCK_TIMEOUT = String(LOCK_TIMEOUT_MS);

interface FoundRow {
  status: string;
  interrupt_id: string | null;
  schema: string | null;
}

interface AnsweredRow {
  turn_id: string;
  status: 'queued' | 'interrupted';
  owner: string | null;
}

/** The {@link RecordingStore} on PostgreSQL. */
export class PostgresRecordingStore implements RecordingStore {
  private readonly version: string | null;

  constructor(
    private readonly database: PostgresDatabase,
    private readonly settings: StoreSettings,
  ) {
    this.version = settings.agentVersion ?? null;
  }

  async read(turnId: string): Promise<TurnRecording> {
    return toRecording(await this.database.run<RecordedRow>(statements.RECORDING({ turnId })));
  }

  async recordStep({ sessionId, turnId, attempt }: TurnRun, step: NewStep): Promise<boolean> {
    const { name, occurrence, state } = step;
    const recorded = { name, occurrence, state, outcome: outcomeOf(step), version: this.version };
    return this.database.finds(
      statements.RECORD_STEP({ lockTimeout: LOCK_TIMEOUT, sessionId, turnId, attempt, ...recorded }),
    );
  }

  async suspend(run: TurnRun, interrupts: NewInterrupt[], totalTokens?: number): Promise<boolean> {
    const asked = interruptColumns(interrupts, this.settings.interruptTtl);
    const suspend = { ...fence(run), ...asked, totalTokens: totalTokens ?? null, version: this.version };
    return this.database.finds(statements.SUSPEND(suspend));
  }

  async answer(
    scope: SessionScope,
    sessionId: string,
    answer: InterruptAnswer,
    manager?: EntityManager,
  ): Promise<AnswerOutcome> {
    const { request } = answer;
    const ttl = ttlOf(this.settings);
    const id = { id: sessionId, module: this.settings.module, owner: scope.owner ?? null, ttl };
    const { interruptId, value, findProblem } = answer;
    const write = statements.ANSWER({ ...id, lockTimeout: lockTimeout(manager), interruptId, value });
    const answerOnce = async (run: Run): Promise<AnswerOutcome> => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const [found] = await run<FoundRow>(statements.FIND_INTERRUPT({ ...id, interruptId }));
        if (!found) return { outcome: 'session_not_found' };
        if (found.status !== 'interrupted') return { outcome: 'not_interrupted' };
        if (found.interrupt_id === null) return { outcome: 'interrupt_not_found' };
        const problem = found.schema === null ? undefined : findProblem(found.schema);
        if (problem !== undefined) return { outcome: 'unfit', problem };
        const [row] = await run<AnsweredRow>(write);
        if (row) return toAnswered(row);
      }
      throw new TryAgainException();
    };
    if (!request) return answerOnce((query) => this.database.run(query, manager));
    const answerTo = (outcome: AnswerOutcome) =>
      outcome.outcome === 'answered' ? { ...request.answer, status: outcome.status } : undefined;
    return once(this.database, { request, sessionId, ttl }, answerOnce, answerTo, manager);
  }

  async overdue(limit: number): Promise<OverdueInterrupt[]> {
    const { module } = this.settings;
    const rows = await this.database.run<OverdueRow>(statements.OVERDUE({ module, limit }));
    return rows.map(toOverdue);
  }

  async expire(
    { id, sessionId, turnId, expiryValue }: OverdueInterrupt,
    error: string,
  ): Promise<ExpiryOutcome> {
    const overdue = { lockTimeout: LOCK_TIMEOUT, sessionId, interruptId: id };
    if (expiryValue === undefined) {
      const fail = statements.FAIL_OVERDUE({ ...overdue, turnId, error });
      return (await this.database.finds(fail)) ? 'failed' : undefined;
    }
    const answer = statements.ANSWER_OVERDUE({ ...overdue, value: expiryValue });
    const [row] = await this.database.run<AnsweredRow>(answer);
    return row && (row.status === 'queued' ? 'resumed' : 'still_interrupted');
  }
}

function toAnswered({ turn_id, status, owner }: AnsweredRow): AnswerOutcome {
  return {
    outcome: 'answered',
    turnId: turn_id,
    status: status === 'queued' ? 'running' : 'interrupted',
    ...(owner === null ? {} : { owner }),
  };
}
