import { describe, expect, it } from '@jest/globals';

import type { StoreSettings } from '../../src/database/database.options.js';
import type { Stores } from '../../src/database/stores.js';
import { sqliteInMemory } from '../support/stacks.js';
import { brokenAnswers } from './broken-answers.js';
import { brokenRecordings } from './broken-recordings.js';
import { type BrokenStore, brokenStores } from './broken-stores.js';
import { StoreFixture } from './open-stores.js';

/** Opens stores that do not keep one rule of the contract. */
class BrokenFixture extends StoreFixture {
  constructor(private readonly broken: BrokenStore) {
    super();
  }

  override stores(settings: Partial<StoreSettings> = {}): Stores {
    const open = (changes: Partial<StoreSettings>) => super.stores({ ...settings, ...changes });
    const whole = open({});
    const { dataSource } = this;
    const query: typeof dataSource.query = (...call) => dataSource.query(...call);
    const changes = this.broken.break({ whole, settings: this.settings(settings), open, query });
    return { ...whole, ...changes };
  }
}

/** Runs the case that a fault names against the stores of a fixture. */
async function runCase({ suite, case: wanted }: BrokenStore, fixture: StoreFixture): Promise<void> {
  const cases = new Map<string, () => Promise<void>>();
  suite.define(fixture, (name, run) => cases.set(name, run));
  const run = cases.get(wanted);
  if (!run) throw new Error(`There is no case "${wanted}"`);
  await fixture.open(sqliteInMemory);
  try {
    await run();
  } finally {
    await fixture.close();
  }
}

describe.each([...brokenStores, ...brokenRecordings, ...brokenAnswers])('a store that $fault', (broken) => {
  it(`fails the case: ${broken.suite.title} ${broken.case}`, async () => {
    await expect(runCase(broken, new BrokenFixture(broken))).rejects.toHaveProperty('matcherResult');
    await runCase(broken, new StoreFixture());
  });
});
