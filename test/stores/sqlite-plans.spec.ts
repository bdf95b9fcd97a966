import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';

import '../../src/database/stores.js';
import { sqlite } from '../../src/database/sqlite/sqlite-dialect.js';
import { openDataSource } from './open-stores.js';
import { sqliteInMemory } from '../support/stacks.js';

/** A search that the module's name alone narrows reads all rows of the module. */
const WHOLE_MODULE = /^SEARCH \w+ USING (COVERING )?INDEX \w+ \(module=\?\)$/;

/** What goes through all rows of a table or of a module, and why it may. */
const ARGUED: Record<string, string> = {
  any_removed_session: 'Reads one of the sessions that are being removed.',
  count_sessions: 'Counts rows on purpose; `/health` keeps its result for a while.',
  log_started_turn: 'Inserts two rows, from a list of them.',
  session_count_drift: 'Counts rows on purpose, at a start and once an hour.',
  session_count_taken: 'A module has two such rows.',
  start_session_count: 'Scans the two rows that it inserts.',
};

/** Steps of a plan that read a table from its beginning. What a subquery or a parameter gives is not a table. */
function scans(plan: string[]): string[] {
  const isTable = (name = '') =>
    !['CONSTANT', 'sqlite_schema'].includes(name) && !plan.some((step) => isSubquery(step, name));
  return plan.filter((step) => {
    if (step.includes('VIRTUAL TABLE')) return false;
    const scanned = /^SCAN (\S+)/.exec(step);
    return scanned ? isTable(scanned[1]) : WHOLE_MODULE.test(step);
  });
}

function isSubquery(step: string, name: string): boolean {
  return step === `CO-ROUTINE ${name}` || step === `MATERIALIZE ${name}` || name.startsWith('(subquery');
}

describe('no statement of the stores on SQLite reads a whole table', () => {
  let dataSource: DataSource;

  beforeAll(async () => {
    dataSource = await openDataSource(await sqliteInMemory.createDatabase());
    await dataSource.runMigrations();
  });
  afterAll(() => dataSource.destroy());

  it.each([...sqlite.statements])('%s', async (name, text) => {
    const names = [...text.matchAll(/@(\w+)/g)].map(([, key]) => [key, null] as const);
    const values: unknown = Object.fromEntries(names);
    const rows = await dataSource.query<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${text}`, [values]);
    const plan = rows.map(({ detail }) => detail);
    // A window function copies every column of its rows: sizes have to be added up without the texts.
    expect(text).not.toMatch(/\*,[^;]{1,200}OVER \(/);
    if (ARGUED[name]) expect(scans(plan)).not.toEqual([]);
    else expect(scans(plan)).toEqual([]);
    if (/^list_(created|updated)/.test(name) && !name.includes('metadata')) {
      // Only the page is sorted, for the running sum of its sizes.
      const walked = plan.slice(
        0,
        plan.findIndex((step) => step.startsWith('SCAN (subquery')),
      );
      expect(walked.join()).not.toContain('ORDER BY');
      const sorted = name.startsWith('list_updated') ? 'updated' : 'created';
      expect(walked.join()).toContain(`${sorted} (`);
    }
  });
});
