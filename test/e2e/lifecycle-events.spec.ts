import { beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { randomUUID } from 'node:crypto';

import { lifecycleEvents, type TurnCompletedEvent } from '../../src/index.js';
import { Sweeper } from '../../src/module/sweeper.js';
import { EventLog } from '../support/event-log.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { until } from '../support/until.js';
import { expressStacks, startApp, uniqueName, useApp } from '../support/stacks.js';

@Injectable()
class Listener {
  readonly completed: TurnCompletedEvent[] = [];

  @OnEvent('agent-sessions.turn.completed')
  byName(event: TurnCompletedEvent) {
    this.completed.push(event);
  }

  @OnEvent(lifecycleEvents.turnFailed)
  byConstant() {
    throw new Error('a listener of the host’s');
  }
}

const host = { imports: [EventEmitterModule.forRoot()], providers: [Listener] };

describe.each(expressStacks)('lifecycle events on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, { agent, name, host, turnTimeout: 500, allowCustomIds: true });
  let log: EventLog;
  beforeAll(() => {
    log = new EventLog(app);
  });

  it('report a turn from start to end, in order, without contents', async () => {
    const content = agent.does((turn) => {
      turn.usage({ total_tokens: 7 });
      return 'the-answer';
    });
    const { session_id: sessionId } = await app.sessions.create(
      { metadata: { note: 'the-note' } },
      { owner: 'ada' },
    );
    const { turn_id: turnId } = await app.sessions.send(sessionId, {
      content,
      user_params: { x: 'the-param' },
    });
    await log.next(sessionId, 'agent-sessions.turn.completed');
    const about = { module: name, sessionId, owner: 'ada' };
    expect(log.of(sessionId)).toEqual([
      ['session.created', about],
      ['turn.accepted', { ...about, turnId }],
      ['turn.started', { ...about, turnId, attempt: 1, waited: expect.any(Number) }],
      ['turn.completed', { ...about, turnId, attempt: 1, duration: expect.any(Number), totalTokens: 7 }],
    ]);
    expect(app.app.get(Listener).completed).toContainEqual(expect.objectContaining({ turnId }));
    expect(JSON.stringify(log.all)).not.toMatch(new RegExp(`the-(answer|note|param)|${content}`));
  });

  it('report the reason of a failure, and a listener that throws changes nothing', async () => {
    const id = await app.client.newSession();
    const cause = new Error('out of paper\nline two');
    const content = agent.does(() => {
      throw cause;
    });
    expect(await app.client.ask(id, content)).toMatchObject({ status: 'error', error: 'out of paper' });
    const failed = await log.next(id, 'agent-sessions.turn.failed');
    expect(failed).toMatchObject({
      attempt: 1,
      reason: 'agent_error',
      error: 'out of paper',
      duration: expect.any(Number),
    });
    expect(failed.cause).toBe(cause);
    expect((await app.client.ask(id, 'next')).response?.content).toBe('You said: next');
  });

  it('distinguish a turn that timed out from one that failed', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, agent.holds().content);
    expect(await log.next(id, 'agent-sessions.turn.failed')).toMatchObject({
      reason: 'timed_out',
      error: 'Turn timed out after 0.5 s',
    });
  });

  it('report a cancel and a deletion once', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    const { body } = await app.client.send(id, held.content);
    await held.started;
    await app.client.cancel(id);
    await app.client.cancel(id);
    await app.client.delete(id);
    await app.client.delete(id);
    held.answer('too late');
    expect(log.of(id).slice(-2)).toEqual([
      ['turn.cancelled', { module: name, sessionId: id, turnId: body.turn_id }],
      ['session.deleted', { module: name, sessionId: id }],
    ]);
    expect(log.names(id)).not.toContain('turn.completed');
  });

  it('report nothing for requests that are refused or repeated', async () => {
    const key = { headers: { 'idempotency-key': randomUUID() } };
    const create = () => app.client.request('POST', '/sessions', key);
    const { session_id: id } = (await create()).body as { session_id: string };
    await create();
    await app.client.put(id);
    const held = agent.holds();
    const sent = { json: { content: held.content }, ...key };
    await app.client.request('POST', `/sessions/${id}/messages`, sent);
    await app.client.request('POST', `/sessions/${id}/messages`, sent);
    await app.client.send(id, 'busy');
    await held.started;
    expect(log.names(id)).toEqual(['session.created', 'turn.accepted', 'turn.started']);
    held.answer('');
    await app.client.settled(id);
  });
});

describe.each(expressStacks)('lifecycle events of expiring sessions on $name', (stack) => {
  const app = useApp(stack, { agent: () => '', host, sessionTtl: 400, allowCustomIds: true });

  it('are emitted when the rows are removed', async () => {
    const log = new EventLog(app);
    const { session_id: id } = await app.sessions.create({}, { owner: 'ada' });
    expect(await log.next(id, 'agent-sessions.session.expired')).toMatchObject({ owner: 'ada' });
    expect(log.names(id)).toEqual(['session.created', 'session.expired']);
  });

  it('are emitted before those of a new session with the same id', async () => {
    // Otherwise the sweep may be faster.
    await app.app.get(Sweeper, { strict: false }).stop();
    const log = new EventLog(app);
    const id = randomUUID();
    await app.client.put(id);
    await until(async () => (await app.client.put(id)).status === 201, { what: 'the id to be free' });
    expect(log.names(id)).toEqual(['session.created', 'session.expired', 'session.created']);
    expect(Object.keys(log.of(id)[1]?.[1] ?? {}).sort()).toEqual(['module', 'owner', 'sessionId']);
  });
});

describe.each(expressStacks)(
  'lifecycle events of an expired session whose id is soon taken again on $name',
  (stack) => {
    const agent = new ScriptedAgent();
    const app = useApp(stack, {
      agent,
      host,
      sessionTtl: 1_000,
      maxSessions: 2,
      allowCustomIds: true,
    });

    it('are emitted even if no new session takes the id', async () => {
      await app.app.get(Sweeper, { strict: false }).stop();
      const log = new EventLog(app);
      const id = randomUUID();
      await app.client.put(id);
      await until(async () => (await app.client.get(id)).status === 404, { what: 'the session to expire' });
      const turns: ReturnType<typeof agent.holds>[] = [];
      for (;;) {
        const { status, body } = await app.client.create();
        if (status !== 201) break;
        // A session with a running turn does not expire, and so keeps its place.
        const held = agent.holds();
        expect(await app.client.send(body.session_id, held.content)).toMatchObject({ status: 202 });
        turns.push(held);
      }
      expect(await app.client.put(id)).toMatchObject({ status: 503 });
      expect(log.names(id)).toEqual(['session.created', 'session.expired']);
      for (const held of turns) held.answer('');
    });
  },
);

describe.each(expressStacks)('lifecycle events of a worker that stops on $name', (stack) => {
  it.each([
    { maxAttempts: 2, name: 'turn.requeued' },
    { maxAttempts: 1, name: 'turn.failed' },
  ])('report the outcome of its turns: $name', async ({ maxAttempts, name }) => {
    const agent = new ScriptedAgent();
    const app = await startApp(stack, { agent, host, maxAttempts });
    const log = new EventLog(app);
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    await held.started;
    await app.close();
    expect(log.of(id).at(-1)).toEqual([
      name,
      expect.objectContaining({ attempt: 1, reason: 'worker_stopped', duration: expect.any(Number) }),
    ]);
  });
});
