import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { postgresBull, type StackDatabase, startApp, type TestApp, uniqueName } from '../support/stacks.js';

const stack = { ...postgresBull, adapter: 'express' as const };
const LEASE_MS = 3_000;

describe('a PostgreSQL clock that is set forward while two processes run turns', () => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  let database: StackDatabase;
  let apps: TestApp[];
  beforeAll(async () => {
    database = await postgresBull.createDatabase();
    const start = () => startApp(stack, { agent, database, name, lease: LEASE_MS, concurrency: 2 });
    apps = [await start(), await start()];
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.remove();
  });

  it('loses no run, because each process renews its leases before it reclaims others', async () => {
    const [{ client, dataSource }] = apps as [TestApp];
    const held = [1, 2, 3, 4].map(() => agent.holds());
    const ids: string[] = [];
    for (const { content } of held) {
      const id = await client.newSession();
      ids.push(id);
      await client.send(id, content);
    }
    await Promise.all(held.map(({ started }) => started));
    // Effect of a clock that is set forward by 20 s, repeated at different moments of renewals and sweeps.
    for (let jump = 0; jump < 8; jump++) {
      await dataSource.query(
        `UPDATE agent_turn SET lease_until = lease_until - 20000000 WHERE status = 'running'`,
      );
      await sleep(LEASE_MS / 3 + 137);
    }
    for (const { answer } of held) answer('well');
    for (const id of ids) {
      expect(await client.settled(id)).toMatchObject({ response: { content: 'well' } });
      expect((await client.turns(id)).body).toMatchObject([{ attempt: 1 }]);
    }
  });
});
