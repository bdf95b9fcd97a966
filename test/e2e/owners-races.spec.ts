import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { TURN_STORE, type TurnStore } from '../../src/turns/turn.store.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { SessionsClient } from '../support/client.js';
import { Gate } from '../support/gate.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import {
  type AppOptions,
  expressStacks,
  postgresBull,
  type StackDatabase,
  startApp,
  type TestApp,
  uniqueName,
  useApp,
} from '../support/stacks.js';

const ROUNDS = 5;

/** Long enough for an id to change its owner between two statements of one request, in ms. */
const LATENCY_MS = 30;

describe('an id that passes to another owner while a process with a slow database reads', () => {
  const stack = { ...postgresBull, adapter: 'express' as const };
  let database: StackDatabase;
  let proxy: TcpProxy;
  let [slow, fast] = [] as unknown as [TestApp, TestApp];

  beforeAll(async () => {
    database = await stack.createDatabase();
    proxy = await TcpProxy.to('url' in database.options ? String(database.options.url) : '');
    const options: AppOptions = {
      name: uniqueName(),
      agent: new ScriptedAgent(),
      allowCustomIds: true,
      owner: ({ headers }: { headers: Record<string, string | undefined> }) => headers['x-user'],
      clientRoles: ['user'],
    };
    fast = await startApp(stack, { ...options, database });
    const slowly = {
      ...database,
      options: { ...database.options, url: proxy.url } as StackDatabase['options'],
    };
    slow = await startApp(stack, { ...options, database: slowly });
  });
  afterAll(async () => {
    proxy.heal();
    await slow.close();
    await fast.close();
    await proxy.close();
    await database.remove();
  });

  const as = (app: TestApp, user: string) => new SessionsClient(app.url, { 'x-user': user });

  it.each(['messages', 'turns', 'deliveries'])(
    'never shows its first owner the %s of the second',
    async (path) => {
      const [reader, alice, bob] = [as(slow, 'alice'), as(fast, 'alice'), as(fast, 'bob')];
      proxy.delay(LATENCY_MS);
      let read = '';
      for (let round = 0; round < ROUNDS; round++) {
        const id = randomUUID();
        await alice.put(id);
        await alice.ask(id, 'of Alice');
        let isHandedOver = false;
        const firstRead = new Gate();
        // Started one after the other, so that at any moment some are between their statements.
        const reads = Array.from({ length: 8 }, async (_, index) => {
          await sleep((index * LATENCY_MS) / 2);
          while (!isHandedOver) {
            read += JSON.stringify((await reader.request('GET', `/sessions/${id}/${path}`)).body);
            firstRead.open();
          }
        });
        await firstRead.opened;
        await alice.delete(id);
        await bob.put(id, { state: [{ role: 'user', content: 'of-Bob' }] });
        await bob.send(id, { content: 'of-Bob', webhook: { url: 'http://127.0.0.1:9/of-Bob' } });
        await bob.settled(id);
        isHandedOver = true;
        await Promise.all(reads);
      }
      expect(read).not.toBe('');
      expect(read.includes('of-Bob')).toBe(false);
    },
  );
});

describe.each(expressStacks)('an id that changes hands after a claim, on $name', (stack) => {
  const contents: (string | null)[] = [];
  const app = useApp(stack, {
    agent: ({ history }) => {
      contents.push(...history.map(({ content }) => content));
      return 'answer';
    },
    allowCustomIds: true,
    owner: ({ headers }: { headers: Record<string, string | undefined> }) => headers['x-user'],
  });

  it('gives its agent no history of the second owner', async () => {
    const store = app.app.get<TurnStore>(TURN_STORE, { strict: false });
    const claim = store.claim.bind(store);
    const [id, claimed] = [randomUUID(), new Gate()];
    const large = (content: string) => ({
      state: [{ role: 'user' as const, content: content.repeat(400_000) }],
    });
    const [alice, bob] = ['alice', 'bob'].map((user) => new SessionsClient(app.url, { 'x-user': user }));
    if (!alice || !bob) throw new Error('Both are there');
    jest.spyOn(store, 'claim').mockImplementationOnce(async (...call) => {
      const turn = await claim(...call);
      await alice.delete(id);
      await app.sessions.put(id, large('of Bob '), { owner: 'bob' });
      setTimeout(claimed.open, 500);
      return turn;
    });
    await app.sessions.put(id, large('of Alice '), { owner: 'alice' });
    // In a transaction, because a run that begins with its request has no claim of its own.
    await app.dataSource.transaction((manager) =>
      app.sessions.send(id, { content: 'hello' }, { owner: 'alice', manager }),
    );
    await claimed.opened;
    expect(contents).toEqual([]);
    expect((await bob.get(id)).body).toMatchObject({ status: 'idle' });
  });
});
