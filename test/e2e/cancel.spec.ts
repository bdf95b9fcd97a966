import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { USED } from '../support/instants.js';
import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

const CANCELLED = { status: 'error', response: null, error: 'Turn cancelled', interrupts: null, ...USED };

describe.each(expressStacks)('cancelling a turn on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, concurrency: 1 });
  let id: string;
  beforeEach(async () => {
    id = await app.client.newSession();
    await app.client.ask(id, 'before');
  });

  it('ends the session in error before the answer, and aborts the agent’s signal', async () => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    const { signal } = await held.started;
    expect(signal.aborted).toBe(false);

    const { status, body } = await app.client.cancel(id);
    expect([status, body]).toEqual([202, { session_id: id, status: 'error' }]);
    expect((await app.client.get(id)).body).toEqual({ session_id: id, ...CANCELLED });
    expect(await aborted(signal)).toMatchObject({ name: 'AbortError' });
  });

  it('does not change the history, and the session accepts the next message', async () => {
    const history = (await app.client.messages(id)).body;
    await app.client.send(id, agent.holds().content);
    await app.client.cancel(id);
    expect((await app.client.messages(id)).body).toEqual(history);
    expect(await app.client.ask(id, 'after')).toMatchObject({
      status: 'idle',
      error: null,
      response: { content: 'You said: after' },
    });
    expect((await app.client.messages(id)).body).toHaveLength(4);
  });

  it('is final: a later result of the agent changes nothing', async () => {
    const late = agent.holds({ deaf: true });
    await app.client.send(id, late.content);
    await late.started;
    await app.client.cancel(id);
    const turns = (await app.client.turns(id)).body;
    late.answer({ response: { role: 'assistant', content: 'late' }, history: [] });
    // The only worker runs another turn after it has released the cancelled one.
    await app.client.ask(await app.client.newSession(), 'next');
    expect((await app.client.get(id)).body).toEqual({ session_id: id, ...CANCELLED });
    expect((await app.client.turns(id)).body).toEqual(turns);
    expect((await app.client.messages(id)).body).toHaveLength(2);
  });

  it('keeps the slot of an agent that ignores its signal until the agent ends', async () => {
    const deaf = agent.holds({ deaf: true });
    await app.client.send(id, deaf.content);
    await deaf.started;
    await app.client.cancel(id);
    const next = agent.holds();
    await app.client.send(id, next.content);
    const first = await Promise.race([next.started, sleep(1_000, 'waits')]);
    deaf.answer('at last');
    expect(first).toBe('waits');
    await next.started;
    next.answer('answer');
    expect((await app.client.get(id, '?wait=true&timeout=20')).body).toMatchObject({ status: 'idle' });
  });

  it('ends a queued turn, which then never runs', async () => {
    const first = agent.holds();
    await app.client.send(await app.client.newSession(), first.content);
    await first.started;
    let ran = false;
    await app.client.send(
      id,
      agent.does(() => {
        ran = true;
        return '';
      }),
    );
    expect(await app.client.cancel(id)).toMatchObject({ status: 202 });
    expect((await app.client.turns(id)).body.at(-1)).toMatchObject({ status: 'cancelled', attempt: 0 });
    first.answer('');
    await app.client.ask(await app.client.newSession(), 'next');
    expect(ran).toBe(false);
  });

  it('may name the turn to cancel', async () => {
    const held = agent.holds();
    const { body: accepted } = await app.client.send(id, held.content);
    for (const turn_id of [randomUUID(), 'my-turn', '', `${accepted.turn_id}0`]) {
      expect(await app.client.cancel(id, { turn_id })).toMatchObject({
        status: 409,
        body: { code: 'turn_mismatch', turn_id: accepted.turn_id },
      });
    }
    expect((await app.client.get(id)).body.status).toBe('running');
    expect(await app.client.cancel(id, { turn_id: accepted.turn_id.toUpperCase() })).toMatchObject({
      status: 202,
    });
    const late = await app.client.cancel(id, { turn_id: accepted.turn_id });
    expect(late).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
  });

  it.each([[undefined], [{}], [{ turn_id: null }]])(
    'cancels any running turn with the body %j',
    async (json) => {
      await app.client.send(id, agent.holds().content);
      expect(await app.client.cancel(id, json)).toMatchObject({ status: 202 });
    },
  );

  it('is refused without an unfinished turn', async () => {
    expect(await app.client.cancel(id)).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
    expect((await app.client.get(id)).body).toMatchObject({ status: 'idle', error: null });
  });

  it.each([[{ turn_id: 5 }], [{ turn_id: {} }], [[]]])('is refused with the body %j', async (json) => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    expect(await app.client.cancel(id, json)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
    held.answer('still there');
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'still there' } });
  });
});
