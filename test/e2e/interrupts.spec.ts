import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { ErrorBody, Session, SessionInterrupt } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

/** The pending questions of a session, which has to have as many. */
function questions(session: Session, count = 1): SessionInterrupt[] {
  expect(session).toMatchObject({ status: 'interrupted', response: null, error: null });
  expect(session.interrupts).toHaveLength(count);
  return session.interrupts ?? [];
}

describe.each(expressStacks)('interrupts on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });

  /** A session whose turn runs this function, once it waits or has ended. */
  async function start(run: Parameters<ScriptedAgent['does']>[0]) {
    const id = await app.client.newSession();
    return { id, session: await app.client.ask(id, agent.does(run)) };
  }

  async function answer(id: string, interrupt: SessionInterrupt | undefined, value: unknown) {
    return app.client.resume(id, { interrupt_id: interrupt?.interrupt_id ?? '', value });
  }

  it('are shown with type and payload, and their answer continues the turn', async () => {
    const payload = { type: 'tool_approval', tool_name: 'refund', tool_args: { order: 17 } };
    const { id, session } = await start(async ({ interrupt, attempt }) => {
      const { approved } = await interrupt<{ approved: boolean }>(payload);
      return `${approved} in attempt ${attempt}`;
    });
    const [interrupt] = questions(session);
    expect(interrupt).toEqual({ interrupt_id: expect.any(String), type: 'tool_approval', payload });
    expect((await app.client.turns(id)).body).toMatchObject([
      { status: 'interrupted', response: null, error: null, attempt: 1, ended_at: null },
    ]);

    expect(await answer(id, interrupt, { approved: true })).toMatchObject({
      status: 200,
      body: { session_id: id, status: 'running' },
    });
    expect(await app.client.settled(id)).toMatchObject({
      status: 'idle',
      interrupts: null,
      response: { role: 'assistant', content: 'true in attempt 2' },
    });
    expect((await app.client.messages(id)).body).toHaveLength(2);
  });

  it('of a Promise.all are pending together and may be answered in any order', async () => {
    const { id, session } = await start(async ({ interrupt }) => {
      const answers = await Promise.all(['a', 'b', 'c'].map((name) => interrupt({ type: 'ask', name })));
      return JSON.stringify(answers);
    });
    const [a, b, c] = questions(session, 3);
    expect([a, b, c].map((one) => one?.payload.name)).toEqual(['a', 'b', 'c']);
    expect((await answer(id, c, 3)).body.status).toBe('interrupted');
    questions((await app.client.get(id)).body, 2);
    expect((await answer(id, a, 1)).body.status).toBe('interrupted');
    expect((await answer(id, b, null)).body.status).toBe('running');
    expect((await app.client.settled(id)).response?.content).toBe('[1,null,3]');
  });

  it('of a loop are asked one after the other', async () => {
    const { id, session } = await start(async ({ interrupt }) => {
      const heard = [];
      while (heard.at(-1) !== 'stop') heard.push(await interrupt<string>({ type: 'next' }));
      return heard.join(' ');
    });
    let waiting = session;
    for (const word of ['one', 'two', 'stop']) {
      await answer(id, questions(waiting)[0], word);
      waiting = await app.client.settled(id);
    }
    expect(waiting.response?.content).toBe('one two stop');
  });

  it('decide even if the agent catches the suspension or does not wait for it', async () => {
    const caught = await start(async ({ interrupt, signal }) => {
      try {
        return String(await interrupt({ type: 'ask' }));
      } catch {
        return `ignored: ${(signal.reason as Error).cause as string}`;
      }
    });
    await answer(caught.id, questions(caught.session)[0], 'yes');
    expect((await app.client.settled(caught.id)).response?.content).toBe('yes');

    const unawaited = await start(({ interrupt }) => {
      void interrupt({ type: 'ask' });
      return 'returned at once';
    });
    await answer(unawaited.id, questions(unawaited.session)[0], 'yes');
    expect((await app.client.settled(unawaited.id)).response?.content).toBe('returned at once');
  });

  it('abort the signal with a reason that says interrupted', async () => {
    let reason: unknown;
    const { session } = await start(async ({ interrupt, signal }) => {
      signal.addEventListener('abort', () => (reason = (signal.reason as Error).cause));
      return String(await interrupt({ type: 'ask' }));
    });
    questions(session);
    expect(reason).toBe('interrupted');
  });

  it('give one answer of 50 that race', async () => {
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    const [interrupt] = questions(session);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => answer(id, interrupt, index)));
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(winners).toHaveLength(1);
    for (const { status, body } of answers) {
      if (status === 200) continue;
      const { code } = body as unknown as ErrorBody;
      expect(['interrupt_not_found', 'session_not_interrupted']).toContain(code);
    }
    expect((await app.client.settled(id)).response?.content).toBe(String(winners[0]));
  });

  it('are checked in the order of the contract', async () => {
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    const [interrupt] = questions(session);
    const bad = { value: 1 } as never;
    expect(await app.client.resume(randomUUID(), bad)).toMatchObject({
      status: 404,
      body: { code: 'session_not_found' },
    });
    expect(await app.client.resume(id, bad)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: ['interrupt_id must be a string'] },
    });
    expect(await app.client.resume(id, { interrupt_id: 'x' } as never)).toMatchObject({
      status: 422,
      body: { message: ['value must be present; it may be null'] },
    });
    const idle = await app.client.newSession();
    expect(await app.client.resume(idle, { interrupt_id: 'x', value: 1 })).toMatchObject({
      status: 409,
      body: { code: 'session_not_interrupted' },
    });
    for (const other of ['x', randomUUID()]) {
      expect(await app.client.resume(id, { interrupt_id: other, value: 1 })).toMatchObject({
        status: 404,
        body: { code: 'interrupt_not_found' },
      });
    }
    expect((await answer(id, interrupt, 1)).status).toBe(200);
  });

  it('with a schema refuse an answer that does not fit, and stay pending', async () => {
    const schema = {
      type: 'object',
      required: ['amount'],
      properties: { amount: { type: 'number', maximum: 10 } },
    };
    const { id, session } = await start(async ({ interrupt }) => {
      const { amount } = await interrupt<{ amount: number }>({ type: 'form' }, { schema });
      return String(amount);
    });
    const [interrupt] = questions(session);
    for (const [value, problem] of [
      [null, 'value must be object'],
      [{}, "value must have required property 'amount'"],
      [{ amount: 11 }, 'value.amount must be <= 10'],
    ]) {
      expect(await answer(id, interrupt, value)).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', message: [problem] },
      });
    }
    expect((await answer(id, interrupt, { amount: 10 })).status).toBe(200);
    expect((await app.client.settled(id)).response?.content).toBe('10');
  });

  it('may have a schema of 2020-12, as Zod writes them', async () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'array',
      prefixItems: [{ type: 'string' }],
    };
    const { id, session } = await start(async ({ interrupt }) =>
      String(await interrupt({ type: 'list' }, { schema })),
    );
    const [interrupt] = questions(session);
    expect(await answer(id, interrupt, [1])).toMatchObject({
      status: 422,
      body: { message: ['value.0 must be string'] },
    });
    expect((await answer(id, interrupt, ['one'])).status).toBe(200);
  });

  it.each([
    [{ type: 'no type' }, /^turn\.interrupt expects a valid JSON Schema: schema is invalid/],
    [
      { $ref: 'https://example.com/schema' },
      /^turn\.interrupt expects a valid JSON Schema: can't resolve reference/,
    ],
    [{ description: 'x'.repeat(70_000) }, /schema of at most 65536 bytes/],
  ])('with a schema that cannot be used are a TypeError %#', async (schema, error) => {
    const { session } = await start(async ({ interrupt }) =>
      String(await interrupt({ type: 'x' }, { schema })),
    );
    expect(session.error).toMatch(error);
  });

  it('of which there are more than 100 are asked after the first are answered', async () => {
    const { id, session } = await start(async ({ interrupt }) => {
      const asked = Array.from({ length: 120 }, (_, index) => interrupt<number>({ type: 'ask', index }));
      return String((await Promise.all(asked)).reduce((sum, value) => sum + value, 0));
    });
    for (const interrupt of questions(session, 100)) await answer(id, interrupt, 1);
    for (const interrupt of questions(await app.client.settled(id), 20)) await answer(id, interrupt, 1);
    expect((await app.client.settled(id)).response?.content).toBe('120');
  });

  it('keep new messages out, with the questions in the answer', async () => {
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    const interrupts = questions(session);
    expect(await app.client.send(id, 'hello')).toMatchObject({
      status: 409,
      body: { code: 'session_busy', turn_id: session.turn_id, interrupts },
    });
  });

  it('can be cancelled, and deleted with their session', async () => {
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    const [interrupt] = questions(session);
    expect(await app.client.cancel(id)).toMatchObject({ status: 202, body: { status: 'error' } });
    expect(await answer(id, interrupt, 1)).toMatchObject({
      status: 409,
      body: { code: 'session_not_interrupted' },
    });
    expect((await app.client.get(id)).body).toMatchObject({ error: 'Turn cancelled', interrupts: null });

    const other = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    expect((await app.client.delete(other.id)).status).toBe(204);
    expect((await answer(other.id, interrupt, 1)).status).toBe(404);
  });

  it('take one answer per Idempotency-Key', async () => {
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    const [interrupt] = questions(session);
    const request = { interrupt_id: interrupt?.interrupt_id ?? '', value: 'yes' };
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await app.client.resume(id, request, key);
    expect(first).toMatchObject({ status: 200, body: { session_id: id, status: 'running' } });
    await app.client.settled(id);
    expect(await app.client.resume(id, request, key)).toMatchObject({ status: 200, body: first.body });
    expect(await app.client.resume(id, { ...request, value: 'no' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  it('asked differently under one key end the turn with replay_mismatch', async () => {
    let runs = 0;
    const { id, session } = await start(async ({ interrupt }) => {
      runs++;
      try {
        return String(await interrupt({ type: 'ask', text: `version ${runs}` }, { key: 'k' }));
      } catch {
        return 'caught';
      }
    });
    await answer(id, questions(session)[0], 1);
    expect(await app.client.settled(id)).toMatchObject({
      status: 'error',
      error: 'The agent asks something else under the interrupt "k" than an earlier run of this turn',
    });
    expect((await app.client.turns(id)).body).toMatchObject([{ code: 'replay_mismatch' }]);
  });

  it('that the agent does not come by again end the turn with replay_mismatch', async () => {
    let runs = 0;
    const { id, session } = await start(async ({ interrupt }) => {
      if (runs++ > 0) return 'the code has changed';
      return String(await interrupt({ type: 'ask' }));
    });
    await answer(id, questions(session)[0], 1);
    expect(await app.client.settled(id)).toMatchObject({
      error:
        'The agent did not come by the interrupt "ask#1", which an earlier run of this turn has recorded',
    });
  });

  it.each([
    [{}, 'turn.interrupt expects an object with a type, such as { type: "tool_approval" }'],
    [
      { type: 'x', text: 'x'.repeat(17_000) },
      'turn.interrupt expects a payload of at most 16384 bytes of JSON',
    ],
  ])('with a bad payload are a TypeError %#', async (payload, error) => {
    const { session } = await start(async ({ interrupt }) => String(await interrupt(payload as never)));
    expect(session).toMatchObject({ status: 'error', error });
  });
});
