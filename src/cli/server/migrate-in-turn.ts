import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';

import { withDeadline } from '../../timing/timers.js';

/** An arbitrary number; processes that start at the same time take this advisory lock. */
const MIGRATION_LOCK = 7_170_281_936;

/** How long to wait for the lock. The whole start stays under 10 s. */
const LOCK_TIMEOUT_MS = 4_000;

/** Pause between attempts to get the lock. */
const LOCK_RETRY_MS = 100;

/** Time limit for statements of PostgreSQL that wait for nothing. */
const STATEMENT_TIMEOUT_MS = 2_000;

/** Time after which a log line says that the migrations are still running, as on large tables. */
const PROGRESS_NOTICE_MS = 5_000;

/** Runs the pending migrations under a lock, so that no other process does at the same time. */
export async function migrateInTurn(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    try {
      await run(dataSource);
    } finally {
      // If this fails, the process exits, and the lock is released with its connection.
      await ask(runner, 'SELECT pg_advisory_unlock($1)');
    }
  } finally {
    await runner.release();
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const rows = await ask(runner, 'SELECT pg_try_advisory_lock($1) AS taken');
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) {
      throw new Error('another process is migrating it; start this one again when that has ended');
    }
    await sleep(LOCK_RETRY_MS);
  }
}

async function run(dataSource: DataSource): Promise<void> {
  const timer = setInterval(() => {
    new Logger('Server').warn('Still bringing the schema of the database up to date');
  }, PROGRESS_NOTICE_MS);
  try {
    await dataSource.runMigrations();
  } finally {
    clearInterval(timer);
  }
}

function ask(runner: QueryRunner, statement: string): Promise<{ taken?: boolean }[]> {
  return withDeadline(runner.query(statement, [MIGRATION_LOCK]), STATEMENT_TIMEOUT_MS) as Promise<
    { taken?: boolean }[]
  >;
}
