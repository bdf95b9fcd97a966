import { describe, expect, it } from '@jest/globals';

import { backends, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

describe.each(backends)('expired sessions on $name', (backend) => {
  const app = useApp({ ...backend, adapter: 'express' }, { agent: () => 'x', sessionTtl: 500 });

  it('go though one among them cannot, because a row of the host refers to it', async () => {
    const type = backend.queue === 'bull' ? 'uuid' : 'varchar';
    await app.dataSource.query(`CREATE TABLE host_order (session ${type} REFERENCES agent_session (id))`);
    const kept = await app.client.newSession();
    await app.dataSource.query(`INSERT INTO host_order VALUES ('${kept}')`);
    for (let count = 0; count < 4; count++) await app.client.newSession();
    const left = async () =>
      (await app.dataSource.query<{ id: string }[]>('SELECT id FROM agent_session')).map(({ id }) => id);
    await until(async () => (await left()).length === 1, { what: 'the others to go' });
    expect(await left()).toEqual([kept]);
  });
});
