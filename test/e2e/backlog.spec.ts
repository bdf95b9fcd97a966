import { describe, expect, it } from '@jest/globals';

import { backends, type Stack, startApp, uniqueName } from '../support/stacks.js';
import { until } from '../support/until.js';

const onBackends: Stack[] = backends.map((backend) => ({ ...backend, adapter: 'express' }));

describe.each(onBackends)('queued turns without a wake-up, on $name', (stack) => {
  it('all start at the first sweep of a new process', async () => {
    const database = await stack.createDatabase();
    const name = uniqueName();
    const first = await startApp(stack, { agent: () => '', database, name });
    const count = 120;
    for (let n = 0; n < count; n++) await first.client.ask(await first.client.newSession(), 'x');
    await first.dataSource.query(
      `UPDATE agent_turn SET status = 'queued', ended_at = NULL, response = NULL, queued_at = 0`,
    );
    await first.dataSource.query(
      `UPDATE agent_session SET status = 'running', response = NULL,
        current_turn_id = (SELECT t.id FROM agent_turn t WHERE t.session_id = agent_session.id)`,
    );
    await first.close();

    const second = await startApp(stack, { agent: () => 'later', database, name, concurrency: 4 });
    const began = performance.now();
    await until(
      async () => {
        const [{ left }] = await second.dataSource.query<[{ left: unknown }]>(
          `SELECT count(*) AS "left" FROM agent_turn WHERE status <> 'completed'`,
        );
        return Number(left) === 0;
      },
      { what: 'all turns to end', timeoutMs: 20_000 },
    );
    // At four turns per sweep and one sweep per second it would take half a minute.
    expect(performance.now() - began).toBeLessThan(10_000);
    await second.close();
    await database.remove();
  });
});
