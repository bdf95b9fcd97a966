import { setTimeout as delay } from 'node:timers/promises';

import { RECOUNT_AFTER_US } from '../database.options.js';
import type { PostgresDatabase } from './postgres-database.js';
import * as statements from './session-count-statements.js';

/** The pause between two looks at the transactions that still run. */
const PAUSE_MS = 20;

/** How long the first count waits for transactions that began before it; the next one corrects what it missed. */
const WRITERS_TIMEOUT_MS = 2_000;

/** The number of a module's sessions, which the statements that create and remove sessions keep. */
export class PostgresSessionCount {
  /** Shared by concurrent calls, because counting takes a while. */
  private recounting: Promise<boolean> | undefined;

  constructor(
    private readonly database: PostgresDatabase,
    private readonly module: string,
  ) {}

  /**
   * Starts the count or corrects it, without a lock that others wait for. Resolves with false if it was correct at
   * most a minute ago.
   */
  recount(): Promise<boolean> {
    this.recounting ??= this.compare().finally(() => (this.recounting = undefined));
    return this.recounting;
  }

  private async compare(): Promise<boolean> {
    const { database, module } = this;
    const [count] = await database.run<{ age: string | null }>(statements.COUNT_AGE({ module }));
    const age = count?.age ?? null;
    if (age !== null && Number(age) < RECOUNT_AFTER_US) return false;
    if (!count) await database.run(statements.START_COUNT({ module }));
    if (age === null) await this.earlierWriters();
    const [found] = await database.run<{ drift: string; counted_at: string | null }>(
      statements.COUNT_DRIFT({ module }),
    );
    if (!found) return false;
    const countedAt = found.counted_at === null ? null : Number(found.counted_at);
    return database.finds(statements.CORRECT_COUNT({ module, drift: Number(found.drift), countedAt }));
  }

  /** Waits for the transactions that may not have seen that there is a count. */
  private async earlierWriters(): Promise<void> {
    const until = performance.now() + WRITERS_TIMEOUT_MS;
    const writers = async () => {
      const rows = await this.database.run<{ writer: string }>(statements.SESSION_WRITERS({}));
      return rows.map(({ writer }) => writer);
    };
    let earlier = await writers();
    while (earlier.length > 0 && performance.now() < until) {
      await delay(PAUSE_MS);
      const current = new Set(await writers());
      earlier = earlier.filter((writer) => current.has(writer));
    }
  }
}
