import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';

import { ChangedItsMind } from '../support/host-orders.js';
import { EventLog } from '../support/event-log.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { type Stack, expressStacks, type TestApp, useApp } from '../support/stacks.js';

const host = { imports: [EventEmitterModule.forRoot()] };

describe.each(expressStacks)('lifecycle events and a transaction of the host on $name', (stack) => {
  const app = useApp(stack, { agent: () => 'done', host });
  let log: EventLog;
  beforeAll(() => {
    log = new EventLog(app);
  });

  it('are emitted after its commit, except for a savepoint that was rolled back', async () => {
    const ids = await app.dataSource.transaction(async (manager) => {
      const { session_id: kept } = await app.sessions.create({}, { manager });
      await app.sessions.send(kept, { content: 'kept' }, { manager });
      const dropped: string[] = [];
      const changesItsMind = manager.transaction(async (inner) => {
        dropped.push((await app.sessions.create({}, { manager: inner })).session_id);
        await app.sessions.cancel(kept, {}, { manager: inner });
        throw new ChangedItsMind();
      });
      await expect(changesItsMind).rejects.toThrow(ChangedItsMind);
      await manager.transaction(async (inner) => {
        const { session_id: nested } = await app.sessions.create({}, { manager: inner });
        dropped.unshift(nested);
      });
      for (const id of [kept, ...dropped]) expect(log.names(id)).toEqual([]);
      return [kept, ...dropped] as const;
    });
    await log.next(ids[0], 'agent-sessions.turn.completed');
    expect(ids.map((id) => log.names(id))).toEqual([
      ['session.created', 'turn.accepted', 'turn.started', 'turn.completed'],
      ['session.created'],
      [],
    ]);
  });

  it('are not emitted after a rollback', async () => {
    const id = await app.client.newSession();
    const changed = app.dataSource.transaction(async (manager) => {
      await app.sessions.send(id, { content: 'gone' }, { manager });
      await app.sessions.delete(id, { manager });
      throw new ChangedItsMind();
    });
    await expect(changed).rejects.toThrow(ChangedItsMind);
    await app.client.ask(id, 'next');
    await log.next(id, 'agent-sessions.turn.completed');
    expect(log.names(id)).toEqual(['session.created', 'turn.accepted', 'turn.started', 'turn.completed']);
  });
});

/** A turn that a worker claimed before it died. */
async function lostTurn(app: TestApp): Promise<string> {
  return app.dataSource.transaction(async (manager) => {
    const { session_id: id } = await app.sessions.create({}, { owner: 'ada', manager });
    await app.sessions.send(id, { content: 'hello' }, { manager });
    await manager.query(
      `UPDATE agent_turn SET status = 'running', attempt = 1, lease_until = 1 WHERE session_id = '${id}'`,
    );
    return id;
  });
}

describe.each(expressStacks)('lifecycle events of a worker that died on $name', (stack) => {
  const patient = useApp(stack, { agent: () => 'done', host });
  const strict = useApp(stack, { agent: () => 'done', host, maxAttempts: 1 });

  it('report that its turn is requeued', async () => {
    const log = new EventLog(patient);
    const id = await lostTurn(patient);
    await log.next(id, 'agent-sessions.turn.completed');
    expect(log.of(id).slice(2)).toEqual([
      ['turn.requeued', expect.objectContaining({ owner: 'ada', attempt: 1, reason: 'worker_lost' })],
      ['turn.started', expect.objectContaining({ owner: 'ada', attempt: 2 })],
      ['turn.completed', expect.objectContaining({ owner: 'ada', attempt: 2 })],
    ]);
  });

  it('report that its turn has failed if it may not run again', async () => {
    const log = new EventLog(strict);
    const id = await lostTurn(strict);
    expect(await log.next(id, 'agent-sessions.turn.failed')).toMatchObject({
      owner: 'ada',
      attempt: 1,
      reason: 'worker_lost',
      error: 'The worker that ran this turn died',
    });
  });
});

describe.each(expressStacks)('lifecycle events of webhooks on $name', (stack) => {
  const app = useApp(stack, {
    agent: () => 'done',
    host,
    webhooks: { allowPrivateAddresses: true, retryDelays: [1] },
  });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  it('report the outcome of each attempt, without the token', async () => {
    const log = new EventLog(app);
    const { session_id: id } = await app.sessions.create({}, { owner: 'ada' });
    const url = receiver.answers('/mended', 500, 204);
    await app.sessions.send(id, { content: 'x', webhook: { url, token: 's3cret' } });
    const delivered = await log.next(id, 'agent-sessions.delivery.delivered');
    const retrying = await log.next(id, 'agent-sessions.delivery.retrying');
    const { deliveryId } = delivered;
    expect(retrying).toMatchObject({
      deliveryId,
      attempt: 1,
      statusCode: 500,
      error: 'The receiver answered 500',
      retryIn: expect.any(Number),
    });
    expect(delivered).toMatchObject({ owner: 'ada', attempt: 2, statusCode: 204 });
    expect(receiver.on('/mended')[0]?.headers['webhook-id']).toBe(deliveryId);
    expect(JSON.stringify(log.all)).not.toContain('s3cret');
  });

  it('report a delivery that is given up', async () => {
    const log = new EventLog(app);
    const id = await app.client.newSession();
    await app.client.send(id, { content: 'x', webhook: { url: receiver.answers('/gone', 410) } });
    expect(await log.next(id, 'agent-sessions.delivery.failed')).toMatchObject({
      attempt: 1,
      statusCode: 410,
      error: 'The receiver answered 410',
    });
  });
});

describe.each(expressStacks)('failing listeners on $name', (stack: Stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, host });

  it.each([
    {
      how: 'throw',
      listener: (): unknown => {
        throw new Error('broken listener');
      },
    },
    { how: 'reject', listener: (): unknown => Promise.reject(new Error('broken listener')) },
  ])('that $how are logged, and change nothing', async ({ listener }) => {
    const lines: string[] = [];
    class Lines extends ConsoleLogger {
      override error(message: unknown) {
        lines.push(String(message));
      }
    }
    const emitter = app.app.get(EventEmitter2);
    Logger.overrideLogger(new Lines());
    emitter.onAny(listener);
    try {
      const id = await app.client.newSession();
      expect((await app.client.ask(id, 'hello')).response?.content).toBe('You said: hello');
      expect((await app.client.delete(id)).status).toBe(204);
    } finally {
      emitter.offAny(listener);
      Logger.overrideLogger(false);
    }
    for (const name of ['session.created', 'turn.accepted', 'turn.completed', 'session.deleted']) {
      expect(lines).toContain(`A listener of agent-sessions.${name} failed: Error: broken listener`);
    }
  });
});
