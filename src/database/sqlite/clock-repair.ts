import { inMicroseconds } from '../columns.js';
import { sqlite } from './sqlite-dialect.js';
import type { SqliteDatabase } from './sqlite-database.js';

/**
 * How far an instant may be ahead before it counts as such, because two processes read the clock at different times.
 */
const TOLERANCE_US = inMicroseconds(1_000);

const INSTANTS = { module: 'text', now: 'bigint', ahead: 'bigint' } as const;

/** Instants that were "now" when they were written, so they are never ahead of it. */
const NEVER_AHEAD = [
  sqlite.statement(
    'repair_queued_turns',
    INSTANTS,
    `UPDATE agent_turn SET queued_at = :now WHERE module = :module AND status = 'queued' AND queued_at > :ahead`,
  ),
  sqlite.statement(
    'repair_settled_sessions',
    INSTANTS,
    `UPDATE agent_session SET settled_at = :now WHERE module = :module AND settled_at > :ahead`,
  ),
  sqlite.statement(
    'repair_due_deliveries',
    INSTANTS,
    `UPDATE agent_webhook_delivery SET next_attempt_at = :now
     WHERE module = :module AND status = 'pending' AND tries = 0 AND next_attempt_at > :ahead`,
  ),
];

/** A lease ends at most its own duration from now. */
const LEASES = sqlite.statement(
  'repair_leases',
  { ...INSTANTS, lease: 'bigint' },
  `UPDATE agent_turn SET lease_until = :now + :lease
   WHERE module = :module AND status = 'running' AND lease_until > :ahead + :lease`,
);

/**
 * Corrects instants written by a process whose wall clock was ahead of this one's. Otherwise turns, deliveries and
 * leases from before a restart would wait until the clock has caught up. Once per process, because time does not go
 * back within one.
 */
export class ClockRepair {
  private isDone = false;

  constructor(
    private readonly database: SqliteDatabase,
    private readonly settings: { module: string; lease: number },
  ) {}

  async once(): Promise<void> {
    if (this.isDone) return;
    await this.database.transaction((sql) => {
      const { module, lease } = this.settings;
      const now = this.database.now();
      const instants = { module, now, ahead: now + TOLERANCE_US };
      for (const statement of NEVER_AHEAD) sql.run(statement(instants));
      sql.run(LEASES({ ...instants, lease }));
    });
    this.isDone = true;
  }
}
