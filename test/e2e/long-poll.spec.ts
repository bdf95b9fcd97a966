import { beforeEach, describe, expect, it } from '@jest/globals';

import { Metrics, useMetrics } from '../support/metrics.js';
import { type HeldTurn, ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, uniqueName, useApp } from '../support/stacks.js';

const metrics = new Metrics();
useMetrics(metrics);

describe.each(mixedStacks)('a long poll on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, { agent, name });
  let id: string;
  let held: HeldTurn;

  beforeEach(async () => {
    id = await app.client.newSession();
    held = agent.holds();
    await app.client.send(id, held.content);
  });

  /** Starts a long poll; resolves when it waits, with the promise of its answer. */
  async function waiting(query: string, signal?: AbortSignal) {
    const answer = app.client.get(id, query, signal);
    await metrics.untilPollsWait(name, 1);
    return { answer };
  }

  it.each(['?wait=true', '?wait=1', '?wait=True', '?wait=true&timeout=1e300', '?wait=1&timeout=2147484'])(
    'with "%s" is answered when the turn ends, at any time',
    async (query) => {
      const { answer } = await waiting(query);
      const early = await Promise.race([answer, app.client.get(id, '?wait=1&timeout=0.2')]);
      expect(early.body.status).toBe('running');
      expect(await metrics.waitingPolls(name)).toBe(1);
      held.answer('done');
      expect(await answer).toMatchObject({
        status: 200,
        body: { status: 'idle', response: { role: 'assistant', content: 'done' } },
      });
    },
  );

  it('is answered when the turn fails', async () => {
    const { answer } = await waiting('?wait=true');
    held.fail(new Error('no'));
    expect(await answer).toMatchObject({
      status: 200,
      body: { status: 'error', error: 'no', response: null },
    });
  });

  it('is answered when the turn is cancelled', async () => {
    const { answer } = await waiting('?wait=true');
    await app.client.cancel(id);
    expect(await answer).toMatchObject({ status: 200, body: { status: 'error', error: 'Turn cancelled' } });
  });

  it('is answered 404 when the session is deleted meanwhile', async () => {
    const { answer } = await waiting('?wait=true');
    await app.client.delete(id);
    expect(await answer).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  });

  it.each(['?wait=false', '?wait=FALSE', '?wait=0', '', '?timeout=5', '?wait=true&timeout=0'])(
    'with "%s" does not wait',
    async (query) => {
      expect(await app.client.get(id, query)).toMatchObject({ status: 200, body: { status: 'running' } });
    },
  );

  it('is answered with the running session after its timeout, and not earlier', async () => {
    const start = performance.now();
    expect(await app.client.get(id, '?wait=true&timeout=0.3')).toMatchObject({
      status: 200,
      body: { status: 'running', response: null, error: null },
    });
    expect(performance.now() - start).toBeGreaterThan(290);
  });

  it('is answered at once if nothing runs, with any timeout', async () => {
    held.answer('done');
    await app.client.settled(id);
    expect((await app.client.get(id, '?wait=true&timeout=3600')).body.status).toBe('idle');
    expect((await app.client.get(await app.client.newSession(), '?wait=true')).body.status).toBe('idle');
  });

  it('is released when the client disconnects', async () => {
    const hangUp = new AbortController();
    const { answer } = await waiting('?wait=true', hangUp.signal);
    hangUp.abort();
    await expect(answer).rejects.toThrow('aborted');
    await metrics.untilPollsWait(name, 0);
  });

  it('waits for the end of the next turn, not of the last one', async () => {
    held.answer('first');
    await app.client.settled(id);
    const next = agent.holds();
    await app.client.send(id, next.content);
    const { answer } = await waiting('?wait=true');
    next.answer('second');
    expect((await answer).body.response?.content).toBe('second');
  });

  it('of a turn is answered when that turn ends, and 404 when it goes', async () => {
    const { body: session } = await app.client.get(id);
    const turnId = session.turn_id ?? '';
    const asked = { turn_id: turnId, status: 'running', message: { content: held.content }, response: null };
    expect((await app.client.turn(id, turnId)).body).toMatchObject(asked);
    expect((await app.client.turn(id, turnId, '?wait=true&timeout=0.1')).body).toMatchObject(asked);
    const answer = app.client.turn(id, turnId, '?wait=true&timeout=20');
    await metrics.untilPollsWait(name, 1);
    held.answer('done');
    const ended = { turn_id: turnId, status: 'completed', response: { content: 'done' } };
    expect(await answer).toMatchObject({ status: 200, body: ended });
    expect((await app.client.turn(id, turnId, '?wait=true')).body).toMatchObject(ended);
    expect((await app.client.turns(id)).body).toEqual([(await app.client.turn(id, turnId)).body]);
    expect(await app.sessions.turn(id, turnId, { wait: true })).toMatchObject(ended);

    const next = agent.holds();
    const { body: sent } = await app.client.send(id, next.content);
    const gone = app.client.turn(id, sent.turn_id, '?wait=true');
    await metrics.untilPollsWait(name, 1);
    await app.client.delete(id);
    expect(await gone).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  });

  it('of a turn is answered although the session runs the next one already', async () => {
    const turnId = (await app.client.get(id)).body.turn_id ?? '';
    const [answer, ofSession] = [
      app.client.turn(id, turnId, '?wait=true&timeout=20'),
      app.client.get(id, '?wait=true&timeout=20'),
    ];
    await metrics.untilPollsWait(name, 2);
    const next = agent.holds();
    await app.dataSource.transaction(async (manager) => {
      await app.sessions.cancel(id, {}, { manager });
      await app.sessions.send(id, { content: next.content }, { manager });
    });
    expect(await answer).toMatchObject({ status: 200, body: { turn_id: turnId, status: 'cancelled' } });
    await next.started;
    next.answer('the next');
    expect((await ofSession).body).toMatchObject({ response: { content: 'the next' } });
  });

  it.each(['550e8400-e29b-41d4-a716-446655440000', 'none'])(
    'of the missing turn %s is 404',
    async (turnId) => {
      const missing = { status: 404, body: { code: 'turn_not_found', message: `Turn ${turnId} not found` } };
      expect(await app.client.turn(id, turnId)).toMatchObject(missing);
      expect(await app.client.turn(id, turnId, '?wait=true')).toMatchObject(missing);
      const other = await app.client.newSession();
      expect(await app.client.turn(other, (await app.client.get(id)).body.turn_id ?? '')).toMatchObject({
        status: 404,
        body: { code: 'turn_not_found' },
      });
      expect(await app.client.turn('none', turnId)).toMatchObject({ body: { code: 'session_not_found' } });
    },
  );

  it.each([
    ['?wait=yes', 'wait'],
    ['?wait=T', 'wait'],
    ['?wait=', 'wait'],
    ['?wait=true&wait=true', 'wait'],
    ['?wait=true&timeout=-1', 'timeout'],
    ['?timeout=-0.1', 'timeout'],
    ['?wait=true&timeout=NaN', 'timeout'],
    ['?wait=true&timeout=Infinity', 'timeout'],
    ['?wait=true&timeout=1e999', 'timeout'],
    ['?wait=true&timeout=', 'timeout'],
    ['?wait=true&timeout=0x10', 'timeout'],
    ['?timeout=soon', 'timeout'],
  ])('refuses %s by name', async (query, field) => {
    expect(await app.client.get(id, query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
  });
});
