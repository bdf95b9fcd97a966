import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AgentFunction, Session } from '../../src/index.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type StackDatabase, startApp, type TestApp, uniqueName } from '../support/stacks.js';
import { until } from '../support/until.js';

describe.each(expressStacks)('the time of interrupts on $name', (stack) => {
  const agent = new ScriptedAgent();
  let database: StackDatabase;
  let receiver: Receiver;
  let app: TestApp;

  beforeAll(async () => {
    database = await stack.createDatabase();
    receiver = await Receiver.start();
    app = await restarted();
  });

  afterAll(async () => {
    await app.close();
    await receiver.close();
    await database.remove();
  });

  const name = uniqueName();
  const restarted = (options = {}) =>
    startApp(stack, { agent, name, database, webhooks: { allowPrivateAddresses: true }, ...options });

  async function start(run: AgentFunction, webhookPath?: string): Promise<{ id: string; session: Session }> {
    const id = await app.client.newSession();
    const webhook = webhookPath === undefined ? undefined : { url: receiver.url(webhookPath) };
    return { id, session: await app.client.ask(id, { content: agent.does(run), webhook }) };
  }

  /** The session once it no longer waits for a person. */
  async function later(id: string): Promise<Session> {
    return until(
      async () => {
        const session = await app.client.settled(id);
        return session.status === 'interrupted' ? undefined : session;
      },
      { what: 'the end of the turn' },
    );
  }

  /** Moves the expiry of all questions into the past, as a long downtime would. */
  async function pass(): Promise<void> {
    const past = (Date.now() - 86_400_000) * 1000;
    await app.dataSource.query(`UPDATE agent_interrupt SET expires_at = ${past} WHERE status = 'pending'`);
  }

  it('is shown, and without a value its end fails the turn and delivers that', async () => {
    const { id, session } = await start(async ({ interrupt }) => {
      const answers = [interrupt({ type: 'ask' }, { expiresIn: 60_000 }), interrupt({ type: 'other' })];
      return String(await Promise.all(answers));
    }, '/expired');
    const [first, second] = session.interrupts ?? [];
    const left = Date.parse(first?.expires_at ?? '') - Date.now();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThan(70_000);
    expect(second).not.toHaveProperty('expires_at');

    await pass();
    const error = 'The interrupt "ask#1" expired without an answer';
    expect(await later(id)).toMatchObject({ status: 'error', error, interrupts: null });
    expect((await app.client.turns(id)).body).toMatchObject([
      { status: 'failed', code: 'interrupt_expired' },
    ]);
    expect((await receiver.gets('/expired'))[0]?.payload).toMatchObject({ status: 'error', error });
  });

  it('ends with its value, as if that had been the answer', async () => {
    const { id } = await start(async ({ interrupt }) => {
      const asked = [
        interrupt({ type: 'ask' }, { expiresIn: 60_000, onExpiry: { value: { approved: false } } }),
        interrupt({ type: 'ask' }, { expiresIn: 60_000, onExpiry: { value: null } }),
      ];
      return JSON.stringify(await Promise.all(asked));
    });
    await pass();
    expect(await later(id)).toMatchObject({
      status: 'idle',
      response: { content: '[{"approved":false},null]' },
    });
  });

  it('ends after a downtime as well, and an answer that comes too late is 404', async () => {
    const { id, session } = await start(async ({ interrupt }) =>
      String(await interrupt({ type: 'ask' }, { expiresIn: 60_000, onExpiry: { value: 'default' } })),
    );
    const interrupt_id = session.interrupts?.[0]?.interrupt_id ?? '';
    await pass();
    const late = await app.client.resume(id, { interrupt_id, value: 'late' });
    expect([404, 409]).toContain(late.status);
    await app.close();
    app = await restarted();
    expect((await later(id)).response?.content).toBe('default');
  });

  it('can be limited for all questions by interruptTtl', async () => {
    await app.close();
    app = await restarted({ interruptTtl: 60_000, sessionTtl: 1_000 });
    const { id, session } = await start(async ({ interrupt }) => String(await interrupt({ type: 'ask' })));
    expect(session.interrupts?.[0]).toHaveProperty('expires_at');
    const own = await start(async ({ interrupt }) =>
      String(await interrupt({ type: 'ask' }, { expiresIn: 120_000 })),
    );
    const [first, second] = [session, own.session].map(({ interrupts }) =>
      Date.parse(interrupts?.[0]?.expires_at ?? ''),
    );
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(50_000);
    // The session's own time does not run meanwhile.
    await app.dataSource.query('UPDATE agent_session SET settled_at = 1');
    expect((await app.client.get(id)).status).toBe(200);
    await pass();
    expect(await later(id)).toMatchObject({ status: 'error' });
  });

  it.each([0, -1, NaN, 1e15, '1'])('must be a sensible number of milliseconds, not %p', async (expiresIn) => {
    const { session } = await start(async ({ interrupt }) =>
      String(await interrupt({ type: 'ask' }, { expiresIn: expiresIn as number })),
    );
    expect(session.error).toBe('turn.interrupt expects expiresIn as a number of milliseconds above 0');
  });
});
