import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ForbiddenException, type PipeTransform } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';

import { SessionsClient } from '../support/client.js';
import { Gate } from '../support/gate.js';
import { Metrics, useMetrics } from '../support/metrics.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, uniqueName, useApp } from '../support/stacks.js';

/** A request of either adapter. */
interface HostRequest {
  headers: Record<string, string | undefined>;
  socket: Socket;
}

/** An owner look-up that the test releases. */
let lookUp = { arrived: new Gate<HostRequest>(), goOn: new Gate() };

/** The owner for each value of `x-user` in the tests. */
async function owner(request: HostRequest): Promise<string | undefined> {
  const user = request.headers['x-user'];
  if (user === 'forbidden') throw new ForbiddenException('Your account is closed');
  if (user === 'broken') throw new TypeError('cannot read id');
  if (user === 'number') return 5 as unknown as string;
  if (user === 'long') return 'x'.repeat(256);
  if (user === 'nul') return 'a\0b';
  if (user === 'slow') {
    lookUp.arrived.open(request);
    await lookUp.goOn.opened;
  }
  return user;
}

/** A host's pipe that rejects parameters reserved for the host. */
const protecting: PipeTransform = {
  transform(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'owner'));
  },
};

/** A client with a user. */
class UserClient extends SessionsClient {
  constructor(
    base: string,
    private readonly user?: string,
  ) {
    super(base);
  }

  override request(...[method, path, options]: Parameters<SessionsClient['request']>) {
    const headers = { ...(this.user !== undefined && { 'x-user': this.user }), ...options?.headers };
    return super.request(method, path, { ...options, headers });
  }
}

const BODIES: Record<string, unknown> = {
  'POST /sessions': { metadata: { mine: true } },
  'PUT /sessions/{session_id}': {},
  'PATCH /sessions/{session_id}': { metadata: {} },
  'POST /sessions/{session_id}/messages': { content: 'hello' },
};

const metrics = new Metrics();
useMetrics(metrics);

describe.each(mixedStacks)('owners on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, {
    agent,
    name,
    owner,
    allowCustomIds: true,
    health: true,
    webhooks: { allowPrivateAddresses: true },
    host: { providers: [{ provide: APP_PIPE, useValue: protecting }] },
  });
  let receiver: Receiver;
  let ada: UserClient;
  let bob: UserClient;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());
  beforeEach(() => {
    ada = new UserClient(app.url, `ada-${randomUUID()}`);
    bob = new UserClient(app.url, `bob-${randomUUID()}`);
  });

  /** Every operation of the OpenAPI document, with these ids in its path. */
  function operations(ids: { session_id: string; delivery_id: string }) {
    const document = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    return Object.entries(document.paths).flatMap(([template, item]) =>
      Object.keys(item).map((method) => ({
        name: `${method.toUpperCase()} ${template}`,
        method: method.toUpperCase(),
        path: template.replace(/\{(\w+)\}/g, (_, name: 'session_id' | 'delivery_id') => ids[name]),
        needsSession: template.includes('{session_id}'),
      })),
    );
  }

  /** A session of Ada with a turn and a delivery. */
  async function sessionOfAda(): Promise<{ session_id: string; delivery_id: string }> {
    const session_id = await ada.newSession({ metadata: { secret: 'of Ada' } });
    await ada.ask(session_id, { content: 'secret', webhook: { url: receiver.url('/ada') } });
    const [delivery] = (await ada.request('GET', `/sessions/${session_id}/deliveries`)).body as [
      { delivery_id: string },
    ];
    return { session_id, delivery_id: delivery.delivery_id };
  }

  it('get the same answer for another owner’s session and a missing one, on any route', async () => {
    const taken = await sessionOfAda();
    const unknown = { session_id: randomUUID(), delivery_id: taken.delivery_id };
    const before = await ada.request('GET', `/sessions/${taken.session_id}/turns`);
    const toUnknown = operations(unknown);
    let walked = 0;
    for (const [index, { name, method, path, needsSession }] of operations(taken).entries()) {
      // Creating a session under a taken id reveals only that the id is taken.
      if (!needsSession || method === 'PUT') continue;
      for (const json of [BODIES[name], { content: 5, turn_id: 5 }]) {
        if (method === 'GET' && json) continue;
        const headers = { 'Idempotency-Key': 'a-key' };
        const answer = await bob.request(method, path, { json, headers });
        const other = await bob.request(method, toUnknown[index]?.path ?? '', { json, headers });
        const text = JSON.stringify(answer.body).replaceAll(taken.session_id, unknown.session_id);
        expect([name, answer.status, JSON.parse(text)]).toEqual([name, other.status, other.body]);
        expect([name, [404, 422]]).toEqual([name, expect.arrayContaining([answer.status])]);
        walked++;
      }
    }
    expect(walked).toBeGreaterThanOrEqual(12);
    expect(await ada.request('GET', `/sessions/${taken.session_id}/turns`)).toMatchObject({
      body: before.body,
    });
    expect(await ada.get(taken.session_id)).toMatchObject({ body: { status: 'idle' } });
  });

  it('list only their own sessions, on all pages', async () => {
    const mine = [await ada.newSession(), await ada.newSession(), await ada.newSession()].reverse();
    await bob.newSession();
    const ids = ({ body }: { body: { session_id: string }[] }) => body.map(({ session_id }) => session_id);
    expect(ids(await ada.list())).toEqual(mine);
    const page = await ada.list('?limit=2');
    expect(ids(page)).toEqual(mine.slice(0, 2));
    const cursor = /cursor=([\w-]+)/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(ids(await ada.list(`?limit=2&cursor=${cursor}`))).toEqual(mine.slice(2));
    expect(ids(await bob.list(`?limit=2&cursor=${cursor}`))).toEqual([]);
    expect(ids(await bob.list('?status=idle'))).toHaveLength(1);
  });

  it('cannot wait for another owner’s turn, or cancel it', async () => {
    const id = await ada.newSession();
    const held = agent.holds();
    await ada.send(id, held.content);
    await held.started;
    const refused = { status: 404, body: { code: 'session_not_found' } };
    expect(await bob.get(id, '?wait=true')).toMatchObject(refused);
    expect(await bob.cancel(id)).toMatchObject(refused);
    expect(await bob.send(id, 'mine?')).toMatchObject(refused);
    held.answer('for Ada');
    expect(await ada.settled(id)).toMatchObject({ response: { content: 'for Ada' } });
  });

  it('who wait do not see a session of another owner who has taken the id', async () => {
    const id = await ada.newSession();
    const held = agent.holds();
    await ada.send(id, held.content);
    await held.started;
    const waiting = ada.get(id, '?wait=true&timeout=20');
    await metrics.untilPollsWait(name, 1);
    await app.dataSource.transaction(async (manager) => {
      await app.sessions.delete(id, { manager });
      await app.sessions.put(id, { metadata: { secret: 'of Bob' } }, { owner: 'bob', manager });
    });
    expect(await waiting).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    held.answer('');
  });

  it('who disconnect during the owner look-up leave no open long poll', async () => {
    const { session_id: id } = await app.sessions.create({}, { owner: 'slow' });
    const held = agent.holds();
    await app.sessions.send(id, { content: held.content });
    await held.started;
    const { arrived, goOn } = (lookUp = { arrived: new Gate<HostRequest>(), goOn: new Gate() });
    const hangUp = new AbortController();
    const gone = new UserClient(app.url, 'slow').get(id, '?wait=true', hangUp.signal);
    const { socket } = await arrived.opened;
    hangUp.abort();
    await Promise.all([once(socket, 'close'), expect(gone).rejects.toThrow()]);
    goOn.open();
    // Once a later request of the same kind is answered, the look-up of the first has ended, too.
    await new UserClient(app.url, 'slow').get(id, '?wait=true&timeout=0.2');
    await metrics.untilPollsWait(name, 0);
    held.answer('');
    await app.sessions.get(id, { wait: true });
  });

  it('have separate idempotency keys', async () => {
    const options = { json: {}, headers: { 'Idempotency-Key': randomUUID() } };
    const [first, repeat, other] = [
      await ada.request('POST', '/sessions', options),
      await ada.request('POST', '/sessions', options),
      await bob.request('POST', '/sessions', options),
    ];
    expect(repeat.body).toEqual(first.body);
    expect(other.body).not.toEqual(first.body);
  });

  it('learn only that an id is taken when they try to create it', async () => {
    const id = await ada.newSession();
    expect(await bob.put(id)).toMatchObject({ status: 409, body: { code: 'session_exists' } });
    expect(await bob.get(id)).toMatchObject({ status: 404 });
  });

  it.each([undefined, '', 'broken', 'number', 'long', 'nul'])(
    'are required: the owner %p is 401 before the request is read',
    async (user) => {
      const stranger = new UserClient(app.url, user);
      const ids = await sessionOfAda();
      for (const { name, method, path } of operations(ids)) {
        if (name.startsWith('GET /health')) continue;
        const answer = await stranger.request(method, path, method === 'GET' ? {} : { json: { content: 5 } });
        expect([name, answer.status, answer.body]).toEqual([
          name,
          401,
          {
            statusCode: 401,
            error: 'Unauthorized',
            message: 'The request does not say who it is from',
            code: 'unauthorized',
          },
        ]);
      }
      expect(await ada.get(ids.session_id)).toMatchObject({ status: 200, body: { status: 'idle' } });
      expect((await stranger.request('GET', '/health')).status).toBe(200);
      expect((await stranger.request('GET', '/health/live')).status).toBe(200);
    },
  );

  it('may be refused with the host’s own exception', async () => {
    expect(await new UserClient(app.url, 'forbidden').list()).toMatchObject({
      status: 403,
      body: { message: 'Your account is closed' },
    });
  });

  it('are passed to the service in process; without one it sees all sessions', async () => {
    const created = await app.sessions.create({}, { owner: 'carol' });
    const { session_id } = created;
    expect(created).toMatchObject({ owner: 'carol' });
    expect(await app.sessions.get(session_id)).toEqual(created);
    expect((await app.sessions.list()).find((one) => one.session_id === session_id)).toMatchObject({
      owner: 'carol',
    });
    expect(await app.sessions.create()).not.toHaveProperty('owner');
    const carol = new UserClient(app.url, 'carol');
    for (const { body } of [
      await carol.get(session_id),
      await carol.patch(session_id, {}),
      await carol.create(),
      await carol.put(randomUUID()),
      { body: (await carol.list()).body[0] },
    ]) {
      expect(body).toHaveProperty('session_id');
      expect(body).not.toHaveProperty('owner');
    }
    expect((await carol.get(session_id)).status).toBe(200);
    expect((await bob.get(session_id)).status).toBe(404);
    await expect(app.sessions.get(session_id, { owner: 'bob' })).rejects.toMatchObject({ status: 404 });
    for (const stranger of ['', 'a\0b', '\ud800', 'x'.repeat(256), 5 as never, null as never]) {
      const refused = { code: 'validation_failed' };
      await expect(app.sessions.create({}, { owner: stranger })).rejects.toMatchObject(refused);
      await expect(app.sessions.list({}, { owner: stranger })).rejects.toMatchObject(refused);
      await expect(app.sessions.send(session_id, {}, { owner: stranger })).rejects.toMatchObject(refused);
    }
    await app.sessions.send(session_id, { content: 'hi' });
    expect(await carol.settled(session_id)).toMatchObject({ response: { content: 'You said: hi' } });
  });

  it('are named to the agent, with the session’s metadata as it is, in every form of acceptance', async () => {
    const facts = agent.does(({ owner: whose, metadata }) => {
      const change = () => Object.assign(metadata?.plan ?? {}, { name: 'gold' });
      expect(change).toThrow(TypeError);
      return JSON.stringify({ whose, metadata });
    });
    const metadata = { plan: { name: 'free' } };
    const seen = { response: { content: JSON.stringify({ whose: 'ada', metadata }) } };
    const { session_id } = await app.sessions.create({ metadata }, { owner: 'ada' });
    const message = { content: facts, user_params: { owner: 'bob' } };
    expect(await new UserClient(app.url, 'ada').ask(session_id, message)).toMatchObject(seen);
    await app.dataSource.transaction((manager) => app.sessions.send(session_id, message, { manager }));
    expect(await app.sessions.get(session_id, { wait: true })).toMatchObject(seen);
    const nobodys = await app.sessions.create();
    const neither = agent.does((turn) => JSON.stringify([turn.owner ?? null, turn.metadata ?? null]));
    await app.sessions.send(nobodys.session_id, { content: neither });
    expect(await app.sessions.get(nobodys.session_id, { wait: true })).toMatchObject({
      response: { content: '[null,null]' },
    });
  });

  it('are documented: every route that requires one lists 401', () => {
    const document = SwaggerModule.createDocument(app.app, new DocumentBuilder().build());
    for (const [path, item] of Object.entries(document.paths)) {
      for (const { responses } of Object.values(item) as { responses: object }[]) {
        expect([path, '401' in responses]).toEqual([path, !path.startsWith('/health')]);
      }
    }
  });
});
