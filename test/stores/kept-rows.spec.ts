import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import type { ChatMessage } from '../../src/index.js';
import { sqliteInMemory } from '../support/stacks.js';
import { newSession, useStores } from './open-stores.js';

const STATE = Array<ChatMessage>(300).fill({ role: 'user', content: 'hello' });

describe('a removed session whose rows a trigger of the host keeps, on SQLite', () => {
  const fixture = useStores(sqliteInMemory);
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  afterEach(() => {
    warn.mockClear();
  });

  it('is logged once, and does not keep the rows of others', async () => {
    const stores = fixture.stores();
    const { sessions } = stores;
    const kept = await newSession(stores, { state: STATE });
    await fixture.dataSource.query(
      `CREATE TRIGGER keep BEFORE DELETE ON agent_session WHEN old.id = '${kept}'
       BEGIN SELECT raise(ABORT, 'kept'); END`,
    );
    const other = await newSession(stores, { state: STATE });
    for (const id of [kept, other]) await sessions.remove({}, id);
    while (await sessions.removeRemains());
    const rows: unknown = await fixture.dataSource.query('SELECT id FROM agent_session');
    expect(rows).toEqual([{ id: kept }]);
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      `Rows of a removed session stay in the database: session ${kept}: ` +
        'the database refused it (SQLITE_CONSTRAINT_TRIGGER)',
    ]);
  });
});
