import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable, Module } from '@nestjs/common';

import { InjectSessions, SessionsModule, SessionsService } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { connections, type StackDatabase, mixedStacks, startHost, uniqueName } from '../support/stacks.js';

const names = { sales: uniqueName(), support: uniqueName() };

@Injectable()
class Desk {
  constructor(
    @InjectSessions(names.sales) readonly sales: SessionsService,
    @InjectSessions(names.support) readonly support: SessionsService,
  ) {}
}

@Module({})
class TwoModules {}

describe.each(mixedStacks)('two modules in one app on $name', (stack) => {
  let database: StackDatabase;
  let app: INestApplication;
  let sales: SessionsClient;
  let support: SessionsClient;

  beforeAll(async () => {
    database = await stack.createDatabase();
    const common = { queue: stack.queue, shutdownTimeout: 0, allowCustomIds: true };
    app = await startHost(stack, {
      module: TwoModules,
      imports: [
        ...connections(stack, database),
        SessionsModule.forRoot({
          ...common,
          name: names.sales,
          path: '/sales/',
          agent: ({ message }) => `Sales: ${message.content ?? ''}`,
          maxSessions: 4,
          health: true,
        }),
        SessionsModule.forRoot({
          ...common,
          name: names.support,
          path: 'help/support',
          agent: ({ message }) => `Support: ${message.content ?? ''}`,
        }),
      ],
      providers: [Desk],
    });
    const url = await app.getUrl();
    sales = new SessionsClient(`${url}/sales`);
    support = new SessionsClient(`${url}/help/support`);
  });

  afterAll(async () => {
    await app.close();
    await database.remove();
  });

  it('serve their own paths with their own agents', async () => {
    const [one, other] = [await sales.create(), await support.create()];
    expect(one.headers.get('location')).toBe(`/sales/sessions/${one.body.session_id}`);
    expect(other.headers.get('location')).toBe(`/help/support/sessions/${other.body.session_id}`);
    expect((await sales.ask(one.body.session_id, 'hi')).response?.content).toBe('Sales: hi');
    expect((await support.ask(other.body.session_id, 'hi')).response?.content).toBe('Support: hi');
    expect((await fetch(`${await app.getUrl()}/sessions`)).status).toBe(404);
  });

  it('do not see each other’s sessions', async () => {
    const id = await sales.newSession({ state: [{ role: 'user', content: 'secret' }] });
    for (const answer of await Promise.all([
      support.get(id),
      support.get(id, '?wait=true'),
      support.messages(id),
      support.turns(id),
      support.send(id, 'mine?'),
      support.cancel(id),
      support.delete(id),
    ])) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    }
    expect((await support.list()).body.map(({ session_id }) => session_id)).not.toContain(id);
    expect(await support.put(id)).toMatchObject({ status: 409 });
    expect((await sales.get(id)).body.status).toBe('idle');
  });

  it('have separate limits and health', async () => {
    while ((await sales.create()).status === 201);
    expect((await sales.list()).body).toHaveLength(4);
    expect((await support.create()).status).toBe(201);
    expect((await sales.request('GET', '/health')).body).toEqual({
      status: 'ok',
      max_workers: 10,
      running_workers: 0,
      total_sessions: 4,
    });
    expect((await support.request('GET', '/health')).status).toBe(404);
  });

  it('are injected by their names', async () => {
    const desk = app.get(Desk);
    const { session_id } = await desk.support.create();
    await desk.support.send(session_id, { content: 'in process' });
    const ended = await desk.support.get(session_id, { wait: true });
    expect(ended.response?.content).toBe('Support: in process');
    await expect(desk.sales.get(session_id)).rejects.toMatchObject({ code: 'session_not_found' });
  });
});
