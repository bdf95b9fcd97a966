import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';

import { withDeadline } from '../../timing/timers.js';

/** Any number; processes that start at once take turns by it. */
const MIGRATION_LOCK = 7_170_281_936;

/** How long another process may hold the lock, in ms. With the rest of a start it stays under 10 s. */
const LOCK_TIME_MS = 5_000;

/** How often to try to get the lock, in ms. */
const TRY_AGAIN_MS = 100;

/** How long PostgreSQL may take to answer a statement that waits for nothing, in ms. */
const ANSWER_TIME_MS = 2_000;

/** After which time to say that the migrations are still running, in ms. Those of a large table take theirs. */
const LONG_TIME_MS = 5_000;

/** Runs the migrations that are missing, while no other process does. */
export async function migrateInTurn(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    try {
      await run(dataSource);
    } finally {
      // Where that fails the process ends, and the lock with its connection.
      await ask(runner, 'SELECT pg_advisory_unlock($1)');
    }
  } finally {
    await runner.release();
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  const deadline = performance.now() + LOCK_TIME_MS;
  for (;;) {
    const rows = await ask(runner, 'SELECT pg_try_advisory_lock($1) AS taken');
    if (rows[0]?.taken) return;
    if (performance.now() > deadline) {
      throw new Error('another process is migrating it; start this one again when that has ended');
    }
    await sleep(TRY_AGAIN_MS);
  }
}

async function run(dataSource: DataSource): Promise<void> {
  const timer = setInterval(() => {
    new Logger('Server').warn('Still bringing the schema of the database up to date');
  }, LONG_TIME_MS);
  try {
    await dataSource.runMigrations();
  } finally {
    clearInterval(timer);
  }
}

function ask(runner: QueryRunner, statement: string): Promise<{ taken?: boolean }[]> {
  return withDeadline(runner.query(statement, [MIGRATION_LOCK]), ANSWER_TIME_MS) as Promise<
    { taken?: boolean }[]
  >;
}
