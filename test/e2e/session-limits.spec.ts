import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type TestApp, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const LIMIT_REACHED = { status: 503, body: { statusCode: 503, code: 'session_limit_reached' } };

describe.each(expressStacks)('maxSessions on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent(), maxSessions: 5, allowCustomIds: true });

  it('is exact under concurrent creations, and each deletion allows one more', async () => {
    const creations = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 2 === 0 ? app.client.create() : app.client.put(randomUUID()),
      ),
    );
    const created = creations.filter(({ status }) => status === 201);
    const refused = creations.filter(({ status }) => status !== 201);
    expect(created).toHaveLength(5);
    for (const answer of refused) expect(answer).toMatchObject(LIMIT_REACHED);
    expect((await app.client.list()).body).toHaveLength(5);

    const [first] = created;
    expect(await app.client.put(first?.body.session_id ?? '')).toMatchObject({ status: 409 });
    await app.client.delete(first?.body.session_id ?? '');
    const again = await Promise.all([app.client.create(), app.client.create(), app.client.create()]);
    expect(again.map(({ status }) => status).sort()).toEqual([201, 503, 503]);
  });
});

describe.each(expressStacks)('sessionTtl on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, sessionTtl: 600, maxSessions: 3, allowCustomIds: true });

  it('ends a session without messages, even if it is read all the time', async () => {
    const id = await app.client.newSession();
    expect((await app.client.get(id)).status).toBe(200);
    await isGone(app, id);
    for (const answer of await Promise.all([
      app.client.messages(id),
      app.client.turns(id),
      app.client.send(id, 'hello'),
      app.client.cancel(id),
      app.client.delete(id),
    ])) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    }
    const listed = (await app.client.list()).body.map(({ session_id }) => session_id);
    expect(listed).not.toContain(id);
  });

  it('removes the rows of expired sessions', async () => {
    const id = await app.client.newSession({ state: [{ role: 'user', content: 'hello' }] });
    const rows = async () => {
      const [row] = await app.dataSource.query<{ total: number | string }[]>(
        `SELECT count(*) AS total FROM agent_message WHERE session_id = '${id}'`,
      );
      return Number(row?.total);
    };
    expect(await rows()).toBe(1);
    await until(async () => (await rows()) === 0, { what: 'the rows to be removed', timeoutMs: 5_600 });
  });

  it('frees the id and the slot of an expired session at once', async () => {
    const [id, ...others] = [randomUUID(), randomUUID(), randomUUID()];
    for (const one of [id, ...others]) {
      await until(async () => (await app.client.put(one)).status === 201, { what: 'a free place' });
    }
    await isGone(app, id);
    await Promise.all(others.map((other) => isGone(app, other)));
    expect((await app.client.put(id)).status).toBe(201);
    expect((await app.client.create()).status).toBe(201);
    await isGone(app, id);
  });

  it('counts from the end of the last turn, and never ends a running session', async () => {
    const held = agent.holds();
    await until(async () => (await app.client.list()).body.length === 0, { what: 'room' });
    const running = await app.client.newSession();
    await app.client.send(running, held.content);
    const idle = await app.client.newSession();
    // Created later, and expired: the running one has passed its time as well.
    await isGone(app, idle);
    expect((await app.client.get(running)).body.status).toBe('running');

    held.answer('at last');
    expect(await app.client.settled(running)).toMatchObject({ response: { content: 'at last' } });
    expect((await app.client.get(running)).status).toBe(200);
    await isGone(app, running);
  });
});

function isGone(app: TestApp, id: string) {
  return until(async () => (await app.client.get(id)).status === 404, { what: `session ${id} to expire` });
}
