import { describe, expect, it } from '@jest/globals';

import { INSTANT } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('the turns of a session on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, concurrency: 2 });

  it('show each message and its outcome, from the queue to the end', async () => {
    const id = await app.client.newSession();
    expect(await app.client.turns(id)).toMatchObject({ status: 200, body: [] });
    const busy = [agent.holds(), agent.holds()];
    for (const { content } of busy) await app.client.send(await app.client.newSession(), content);
    await Promise.all(busy.map(({ started }) => started));

    const held = agent.holds();
    const { body: accepted } = await app.client.send(id, held.content);
    const queued = {
      turn_id: accepted.turn_id,
      number: 1,
      status: 'queued',
      message: { role: 'user', content: held.content },
      response: null,
      error: null,
      attempt: 0,
      usage: null,
      created_at: INSTANT,
      started_at: null,
      ended_at: null,
      code: null,
    };
    expect((await app.client.turns(id)).body).toEqual([queued]);

    for (const { answer } of busy) answer('');
    await held.started;
    const running = { ...queued, status: 'running', attempt: 1, started_at: INSTANT };
    expect((await app.client.turns(id)).body).toEqual([running]);

    held.answer('done');
    await app.client.settled(id);
    const response = { role: 'assistant', content: 'done' };
    const [completed] = (await app.client.turns(id)).body;
    expect(completed).toEqual({ ...running, status: 'completed', response, ended_at: INSTANT });
    const instants = [completed?.created_at, completed?.started_at, completed?.ended_at];
    expect(instants).toEqual(instants.toSorted());
  });

  it('are all listed, oldest first, failed and cancelled ones included', async () => {
    const id = await app.client.newSession();
    const cancelled = agent.holds();
    await app.client.ask(id, 'one');
    await app.client.ask(
      id,
      agent.does(() => {
        throw new Error('no');
      }),
    );
    await app.client.send(id, cancelled.content);
    await app.client.cancel(id);
    await app.client.ask(id, 'two');

    expect((await app.client.turns(id)).body).toMatchObject([
      { number: 1, status: 'completed', message: { content: 'one' }, error: null },
      { number: 2, status: 'failed', error: 'no', response: null, ended_at: INSTANT },
      { number: 3, status: 'cancelled', error: 'Turn cancelled', message: { content: cancelled.content } },
      { number: 4, status: 'completed', message: { content: 'two' } },
    ]);
    expect((await app.client.messages(id)).body.map(({ content }) => content)).toEqual([
      'one',
      'You said: one',
      'two',
      'You said: two',
    ]);
  });

  it('wait for a free worker in FIFO order', async () => {
    const order: string[] = [];
    const busy = [agent.holds(), agent.holds()];
    for (const { content } of busy) await app.client.send(await app.client.newSession(), content);
    await Promise.all(busy.map(({ started }) => started));

    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      const id = await app.client.newSession();
      ids.push(id);
      await app.client.send(
        id,
        agent.does(({ sessionId }) => {
          order.push(sessionId);
          return '';
        }),
      );
    }
    busy[0]?.answer('');
    await Promise.all(ids.map((id) => app.client.settled(id)));
    busy[1]?.answer('');
    // Through Redis the order is approximate: a turn of another process's wake-up goes to the end.
    if (stack.name.startsWith('sqlite')) expect(order).toEqual(ids);
    else expect(order.toSorted()).toEqual(ids.toSorted());
  });
});
