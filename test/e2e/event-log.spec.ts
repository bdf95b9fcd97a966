import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { SessionEvent } from '../../src/index.js';
import { INSTANT } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, startApp, type TestApp, uniqueName, useApp } from '../support/stacks.js';

/** The next events of a log, as many as are wanted. */
async function take(events: AsyncGenerator<SessionEvent, void>, count: number): Promise<SessionEvent[]> {
  const taken: SessionEvent[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const types = (events: SessionEvent[]) => events.map(({ type }) => type);

describe.each(expressStacks)('the log of a session on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, sessionTtl: 60_000 });

  it('has each event of a turn once and in order, for readers that were there before and after', async () => {
    const { sessions } = app;
    const { session_id: id } = await sessions.create();
    const early = sessions.events(id);
    const first = early.next();
    const held = agent.holds();
    const { turn_id } = await sessions.send(id, { content: held.content });
    expect((await first).value).toMatchObject({
      id: 1,
      type: 'turn.queued',
      turn_id,
      attempt: null,
      at: INSTANT,
    });
    expect(await take(early, 1)).toMatchObject([{ id: 2, type: 'turn.started', attempt: 1 }]);
    await held.started;
    const late = sessions.events(id);
    expect(types(await take(late, 2))).toEqual(['turn.queued', 'turn.started']);
    held.answer('done');
    const ended = {
      id: 3,
      type: 'turn.completed',
      response: { role: 'assistant', content: 'done' },
      usage: null,
    };
    expect(await take(early, 1)).toMatchObject([ended]);
    expect(await take(late, 1)).toMatchObject([ended]);
    await Promise.all([early.return(), late.return()]);
  });

  it('begins where the reader says, and at the end if no turn is unfinished', async () => {
    const id = await app.client.newSession();
    for (const text of ['one', 'two']) await app.client.ask(id, text);
    const session = await app.sessions.get(id);
    expect(session.last_event_id).toBe(6);
    const from4 = app.sessions.events(id, { after: 4 });
    expect((await take(from4, 2)).map((event) => event.id)).toEqual([5, 6]);
    await from4.return();
    const latest = app.sessions.events(id);
    const next = latest.next();
    const { content } = agent.holds();
    await app.client.send(id, content);
    expect((await next).value).toMatchObject({ id: 7, type: 'turn.queued', message: { content } });
    await latest.return();
  });

  it('shows one turn to its end, also when it has ended', async () => {
    const id = await app.client.newSession();
    const turns: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      turns.push((await app.client.send(id, text)).body.turn_id);
      await app.client.settled(id);
    }
    const [, turn] = turns;
    const ids = async (after?: number) => {
      const events = await take(app.sessions.events(id, { turn, after }), Infinity);
      expect(events.every(({ turn_id }) => turn_id === turn)).toBe(true);
      return events.map((event) => event.id);
    };
    expect(await ids()).toEqual([4, 5, 6]);
    expect(await ids(0)).toEqual([4, 5, 6]);
    expect(await ids(5)).toEqual([6]);
    expect(await ids(6)).toEqual([]);
    expect(await ids(99)).toEqual([]);
  });

  it('names the message and its answer as the recorded history does', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, 'hello');
    const recorded = await app.sessions.messages(id, { ids: true });
    const [queued, , completed] = await take(app.sessions.events(id, { after: 0 }), 3);
    const identified = recorded.map(({ turn_id: _turn, created_at: _at, ...message }) => message);
    expect(queued).toMatchObject({ message_id: identified[0]?.message_id });
    expect(completed).toMatchObject({ messages: identified });
  });

  it('ends when the session is deleted', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, 'hello');
    const events = app.sessions.events(id, { after: 1 });
    await take(events, 2);
    const rest = take(events, Infinity);
    await app.client.delete(id);
    expect(await rest).toMatchObject([
      { id: 4, type: 'session.deleted', session_id: id, turn_id: null, attempt: null, at: INSTANT },
    ]);
    await expect(app.sessions.events(id).next()).rejects.toMatchObject({ code: 'session_not_found' });
  });

  it('is refused to those who ask for what is not there', async () => {
    const { session_id: id } = await app.sessions.create({}, { owner: 'ada' });
    const refusal = async (options: object, sessionId = id) =>
      app.sessions
        .events(sessionId, options)
        .next()
        .catch((error: unknown) => (error as { code: string }).code);
    expect(await refusal({}, randomUUID())).toBe('session_not_found');
    expect(await refusal({}, 'no id')).toBe('session_not_found');
    expect(await refusal({ owner: 'bob' })).toBe('session_not_found');
    expect(await refusal({ turn: randomUUID() })).toBe('turn_not_found');
    for (const options of [{ turn: 'x' }, { after: -1 }, { after: 0.5 }, { after: NaN }]) {
      expect(await refusal(options)).toBe('validation_failed');
    }
  });

  it('has a cancel, and a turn of the host’s own transaction once that has committed', async () => {
    const { session_id: id } = await app.sessions.create();
    const events = app.sessions.events(id);
    const first = events.next();
    const held = agent.holds();
    await app.dataSource
      .transaction(async (manager) => {
        await app.sessions.send(id, { content: held.content }, { manager });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await app.dataSource.transaction(async (manager) => {
      await app.sessions.send(id, { content: held.content }, { manager });
    });
    expect((await first).value).toMatchObject({ id: 1, type: 'turn.queued' });
    await held.started;
    await app.sessions.cancel(id);
    expect(await take(events, 2)).toMatchObject([
      { id: 2, type: 'turn.started' },
      { id: 3, type: 'turn.failed', error: 'Turn cancelled', code: 'cancelled' },
    ]);
    await events.return();
  });

  it('has steps, questions and answers', async () => {
    const id = await app.client.newSession();
    const payload = { type: 'ask', text: 'Really?' };
    const content = agent.does(async ({ step, interrupt }) => {
      const price = await step('price', () => 42);
      const [yes] = await Promise.all([interrupt(payload), interrupt({ type: 'other' })]);
      return `${price} ${String(yes)}`;
    });
    const { interrupts } = await app.client.ask(id, content);
    for (const [index, { interrupt_id }] of (interrupts ?? []).entries()) {
      await app.client.resume(id, { interrupt_id, value: index === 0 ? 'yes' : null });
    }
    await app.client.settled(id);
    const log = await take(app.sessions.events(id, { after: 0 }), 7);
    const [first, second] = interrupts ?? [];
    expect(log).toMatchObject([
      { id: 1, type: 'turn.queued' },
      { id: 2, type: 'turn.started', attempt: 1 },
      { id: 3, type: 'step.completed', attempt: 1, name: 'price' },
      { id: 4, type: 'turn.interrupted', attempt: 1, interrupts },
      {
        id: 5,
        type: 'turn.resumed',
        answers: [
          { interrupt_id: first?.interrupt_id, value: 'yes' },
          { interrupt_id: second?.interrupt_id, value: null },
        ],
      },
      { id: 6, type: 'turn.started', attempt: 2 },
      { id: 7, type: 'turn.completed', attempt: 2, response: { content: '42 yes' } },
    ]);
  });

  it('ends early by a signal', async () => {
    const id = await app.client.newSession();
    const controller = new AbortController();
    const events = app.sessions.events(id, { signal: controller.signal });
    const next = events.next();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await app.sessions.events(id, { signal: controller.signal }).next()).toMatchObject({ done: true });
  });

  it('tells with the messages where to go on, so that nothing is lost and nothing comes twice', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    await app.client.ask(id, 'one');
    await app.client.send(id, held.content);
    const { headers, body } = await app.client.messages(id);
    expect([headers.get('last-event-id'), body.length]).toEqual(['3', 2]);
    held.answer('done');
    await app.client.settled(id);
    const rest = await take(app.sessions.events(id, { after: 3 }), 3);
    expect(types(rest)).toEqual(['turn.queued', 'turn.started', 'turn.completed']);
    expect((await app.client.messages(id)).headers.get('last-event-id')).toBe('6');
  });
});

describe.each(expressStacks)('the logs of two processes on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const apps: TestApp[] = [];

  beforeAll(async () => {
    if (stack.queue !== 'bull') return;
    const database = await stack.createDatabase();
    for (let count = 0; count < 2; count++) apps.push(await startApp(stack, { agent, name, database }));
    apps.push({ close: () => database.remove() } as TestApp);
  });
  afterAll(async () => {
    for (const { close } of apps) await close();
  });

  it('are the same, and the other one is woken', async () => {
    const [one, other] = apps;
    if (!one || !other) return;
    const id = await one.client.newSession();
    const events = other.sessions.events(id, { after: 0 });
    const first = events.next();
    await one.client.ask(id, 'hello');
    const log = [(await first).value, ...(await take(events, 2))];
    expect(types(log as SessionEvent[])).toEqual(['turn.queued', 'turn.started', 'turn.completed']);
    const deleted = events.next();
    await one.client.delete(id);
    expect((await deleted).value).toMatchObject({ type: 'session.deleted' });
  });
});

describe.each(expressStacks)('a reader of a log on $name', (stack) => {
  it('ends when the process stops', async () => {
    const app = await startApp(stack, { agent: new ScriptedAgent() });
    const id = await app.client.newSession();
    const next = app.sessions.events(id).next();
    await app.client.get(id);
    await app.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
