import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

describe.each(expressStacks)('races on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, allowCustomIds: true });

  it('of short messages to one session accept them one after the other, and each runs once', async () => {
    const id = await app.client.newSession();
    const runs: Turn[] = [];
    const content = agent.does((turn) => {
      runs.push(turn);
      return 'ok';
    });
    const accepted: string[] = [];
    await times(40, async () => {
      const { status, body } = await app.client.send(id, content);
      if (status === 202) accepted.push(body.turn_id);
      else expect([status, body]).toMatchObject([409, { code: 'session_busy' }]);
    });
    await app.client.settled(id);
    const turns = (await app.client.turns(id)).body;
    expect(turns.length).toBeGreaterThan(0);
    expect(turns.map(({ turn_id }) => turn_id).sort()).toEqual(accepted.sort());
    expect(runs.map(({ turnId, attempt }) => [turnId, attempt])).toEqual(
      turns.map((turn) => [turn.turn_id, 1]),
    );
    expect((await app.client.messages(id)).body).toHaveLength(turns.length * 2);
  });

  it('of 40 messages to one session accept exactly one', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await app.client.newSession();
      const held = agent.holds();
      const answers = await times(40, () => app.client.send(id, held.content));
      const accepted = answers.filter(({ status }) => status === 202);
      expect(accepted).toHaveLength(1);
      for (const { status, body } of answers) {
        if (status === 202) continue;
        const busy = { code: 'session_busy', turn_id: accepted[0]?.body.turn_id };
        expect([status, body]).toMatchObject([409, busy]);
      }
      held.answer('one');
      await app.client.settled(id);
      expect((await app.client.messages(id)).body).toHaveLength(2);
    }
  });

  it('of 30 PUTs of one id create exactly one session', async () => {
    for (let round = 0; round < 5; round++) {
      const id = randomUUID();
      const answers = await times(30, (index) => app.client.put(id, { metadata: { index } }));
      const created = answers.filter(({ status }) => status === 201);
      expect(created).toHaveLength(1);
      for (const { status, body } of answers) {
        if (status !== 201) expect([status, body]).toMatchObject([409, { code: 'session_exists' }]);
      }
      expect((await app.client.get(id)).body.metadata).toEqual(created[0]?.body.metadata);
    }
  });

  it('of 20 cancels of one turn let exactly one succeed', async () => {
    const id = await app.client.newSession();
    await app.client.send(id, agent.holds().content);
    const answers = await times(20, () => app.client.cancel(id));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    for (const { status, body } of answers) {
      if (status !== 202) expect([status, body]).toMatchObject([409, { code: 'nothing_running' }]);
    }
  });

  it('of 20 deletions of one session let exactly one succeed, and leave no rows', async () => {
    const id = await app.client.newSession();
    await app.client.send(id, agent.holds().content);
    const answers = await times(20, () => app.client.delete(id));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(19).fill(404)]);
    const rows = await app.dataSource.query<unknown[]>(
      `SELECT id FROM agent_turn WHERE session_id = '${id}'`,
    );
    expect(rows).toEqual([]);
  });

  it('between a cancel and the end of the turn have one winner, which every reader sees', async () => {
    const outcomes = await times(30, async (index) => {
      const id = await app.client.newSession({ state: [{ role: 'system', content: 'kept' }] });
      const held = agent.holds();
      await app.client.send(id, held.content);
      await held.started;
      const history = index % 2 === 0 ? { history: [] } : {};
      const cancelling = app.client.cancel(id);
      held.answer({ response: { role: 'assistant', content: 'done' }, ...history });
      const { status } = await cancelling;
      const session = await app.client.settled(id);
      const [turn] = (await app.client.turns(id)).body;
      const messages = (await app.client.messages(id)).body;
      const kept = index % 2 === 0 ? 0 : 3;
      return status === 202
        ? [session.error, session.response, turn?.status, messages.length === 1]
        : [session.error, session.response?.content, turn?.status, messages.length === kept];
    });
    for (const outcome of outcomes) {
      expect([
        ['Turn cancelled', null, 'cancelled', true],
        [null, 'done', 'completed', true],
      ]).toContainEqual(outcome);
    }
  });

  it('between messages, deletions and reads leave a session either complete or deleted', async () => {
    for (let round = 0; round < 5; round++) {
      const id = randomUUID();
      await app.client.put(id);
      const statuses = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          if (index === 14) return (await app.client.delete(id)).status;
          if (index % 5 === 0) return (await app.client.send(id, 'hello')).status;
          if (index % 5 === 1) return (await app.client.messages(id)).status;
          if (index % 5 === 2) return (await app.client.get(id, '?wait=true')).status;
          if (index % 5 === 3) return (await app.client.turns(id)).status;
          return (await app.client.cancel(id)).status;
        }),
      );
      expect(statuses[14]).toBe(204);
      for (const status of statuses) expect([200, 202, 204, 404, 409]).toContain(status);
      expect((await app.client.get(id)).status).toBe(404);
    }
  });
});
