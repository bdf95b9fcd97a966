import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createClient, type SessionsClient } from '../../src/client/index.js';
import { ScriptedServer } from './scripted-server.js';

const ID = '550e8400-e29b-41d4-a716-446655440000';
const SESSION = { session_id: ID, status: 'idle', response: null, turn_id: null };
const UNAVAILABLE = {
  status: 503,
  json: { statusCode: 503, message: 'No database', code: 'database_unavailable' },
};

let server: ScriptedServer;
let client: SessionsClient;
beforeAll(async () => {
  server = await ScriptedServer.start();
  client = createClient({ baseUrl: server.url });
});
afterAll(() => server.close());

/** The `Idempotency-Key` of each request that was received. */
const keys = () => server.received.map(({ headers }) => headers['idempotency-key']);

describe('the client', () => {
  it.each([
    ['create', () => client.create({ metadata: { a: 1 } }), 'POST', '/sessions', { metadata: { a: 1 } }],
    ['get', () => client.get(ID), 'GET', `/sessions/${ID}`, undefined],
    [
      'list',
      () => client.list({ order: 'updated', limit: 2, metadata: { 'a b': 'ü' } }),
      'GET',
      '/sessions?order=updated&limit=2&metadata%5Ba+b%5D=%C3%BC',
      undefined,
    ],
    ['delete', () => client.delete(ID), 'DELETE', `/sessions/${ID}`, undefined],
    [
      'wait',
      () => client.wait(ID, { timeout: 1_500 }),
      'GET',
      `/sessions/${ID}?wait=true&timeout=1.5`,
      undefined,
    ],
    ['send', () => client.send(ID, 'hello'), 'POST', `/sessions/${ID}/messages`, { content: 'hello' }],
    [
      'messages',
      () => client.messages(ID, { ids: true }),
      'GET',
      `/sessions/${ID}/messages?ids=true`,
      undefined,
    ],
    ['turns', () => client.turns(ID, { after: 3 }), 'GET', `/sessions/${ID}/turns?after=3`, undefined],
    [
      'resume',
      () => client.resume(ID, { interrupt_id: 'i', value: null }),
      'POST',
      `/sessions/${ID}/resume`,
      { interrupt_id: 'i', value: null },
    ],
    ['cancel', () => client.cancel(ID, { turn_id: 't' }), 'POST', `/sessions/${ID}/cancel`, { turn_id: 't' }],
  ])('sends %s as the API wants it', async (_, call, method, path, body) => {
    server.answers({ status: 200, json: SESSION });
    await call();
    expect(server.received).toMatchObject([{ method, path, body }]);
  });

  it('escapes an id', async () => {
    server.answers({ status: 200, json: SESSION });
    await client.get('../a b?');
    expect(server.received[0]?.path).toBe('/sessions/..%2Fa%20b%3F');
  });

  it.each([
    ['create', () => client.create()],
    ['get', () => client.get(ID)],
    ['list', () => client.list()],
    ['wait', () => client.wait(ID)],
    ['send', () => client.send(ID, 'hello')],
    ['messages', () => client.messages(ID)],
    ['turns', () => client.turns(ID)],
    ['resume', () => client.resume(ID, { interrupt_id: 'i', value: 1 })],
    ['cancel of a named turn', () => client.cancel(ID, { turn_id: 't' })],
    ['delete', () => client.delete(ID)],
  ])('repeats %s after lost connections and errors that pass', async (name, call) => {
    server.answers('cut', UNAVAILABLE, { status: 200, json: SESSION });
    await call();
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map(({ path, body }) => JSON.stringify([path, body]))).size).toBe(1);
    if (['create', 'send', 'resume'].includes(name)) {
      expect(keys()[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(new Set(keys()).size).toBe(1);
    }
  });

  it('uses a key of its own for each call, or the key that it is given', async () => {
    server.answers({ status: 202, json: {} });
    await client.send(ID, 'a');
    await client.send(ID, 'a');
    await client.send(ID, 'a', { idempotencyKey: 'mine' });
    expect(new Set(keys()).size).toBe(3);
    expect(keys()[2]).toBe('mine');
  });

  it('does not repeat a cancel of whichever turn, which could be the next one', async () => {
    server.answers('cut', { status: 202, json: {} });
    await expect(client.cancel(ID)).rejects.toMatchObject({ code: 'connection_failed', status: 0 });
    expect(server.received).toHaveLength(1);
  });

  it('gives up after seven tries, with an error that says where and why', async () => {
    server.answers('cut');
    await expect(client.get(ID)).rejects.toMatchObject({
      name: 'AgentSessionsError',
      status: 0,
      code: 'connection_failed',
      message: `No answer from ${server.url}: other side closed`,
      body: null,
    });
    expect(server.received).toHaveLength(7);
  });

  it('waits for as long as the server asks before it repeats', async () => {
    const begun = performance.now();
    server.answers({ status: 503, headers: { 'retry-after': '1' } }, { status: 200, json: SESSION });
    await client.get(ID);
    expect(performance.now() - begun).toBeGreaterThan(990);
  });

  it.each([
    [400, 'invalid_session_id'],
    [404, 'session_not_found'],
    [409, 'session_busy'],
    [503, 'session_limit_reached'],
  ])('does not repeat what would fail again: %i %s', async (status, code) => {
    const body = { statusCode: status, error: 'x', message: 'It is so', code, turn_id: 't' };
    server.answers({ status, json: body });
    await expect(client.send(ID, 'a')).rejects.toMatchObject({ status, code, message: 'It is so', body });
    expect(server.received).toHaveLength(1);
  });

  it('repeats a request whose first try is still in progress', async () => {
    server.answers({ status: 409, json: { code: 'idempotency_in_progress' } }, { status: 202, json: {} });
    await client.send(ID, 'a');
    expect(server.received).toHaveLength(2);
  });

  it('has deleted a session that a repeat no longer finds', async () => {
    server.answers('cut', { status: 404, json: { code: 'session_not_found' } });
    await expect(client.delete(ID)).resolves.toBeUndefined();
    server.answers({ status: 404, json: { code: 'session_not_found' } });
    await expect(client.delete(ID)).rejects.toMatchObject({ code: 'session_not_found' });
  });

  it.each([
    [
      'a list of messages',
      { message: ['a is wrong', 'b is wrong'], code: 'x' },
      'a is wrong; b is wrong',
      'x',
    ],
    ['a detail', { detail: 'Not Found' }, 'Not Found', 'unknown'],
    ['details', { detail: [{ loc: ['a'] }] }, '{"loc":["a"]}', 'unknown'],
    ['nothing', undefined, 'The server answered 400', 'unknown'],
  ])('tells the reason of an error with %s', async (_, json, message, code) => {
    server.answers({ status: 400, json });
    await expect(client.get(ID)).rejects.toMatchObject({ message, code });
  });

  it('tells the text of an error that is no JSON, unless it is a page', async () => {
    server.answers({ status: 400, text: 'bad gateway' });
    await expect(client.get(ID)).rejects.toMatchObject({ message: 'The server answered 400: bad gateway' });
    server.answers({ status: 400, text: '<html>' });
    await expect(client.get(ID)).rejects.toMatchObject({
      message: 'The server answered 400',
      body: '<html>',
    });
  });

  it('says that a success without JSON is from another server', async () => {
    server.answers({ status: 200, text: '<html>', headers: { 'content-type': 'text/html' } });
    await expect(client.get(ID)).rejects.toMatchObject({
      code: 'unexpected_response',
      message: 'The server answered text/html instead of JSON: is this the address of agent sessions?',
    });
  });

  it('stops at once when its signal is aborted, while it sends, waits and pauses, with the reason', async () => {
    const reason = new Error('the screen was closed');
    server.answers(() => undefined);
    await expect(client.get(ID, { signal: abortsIn(50, reason) })).rejects.toBe(reason);
    await expect(client.wait(ID, { signal: abortsIn(50, reason) })).rejects.toBe(reason);
    server.answers('cut');
    const begun = performance.now();
    await expect(client.get(ID, { signal: abortsIn(50, reason) })).rejects.toBe(reason);
    await expect(client.get(ID, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('sends its key and headers, from a function for each request', async () => {
    let count = 0;
    const headers = () => Promise.resolve({ 'x-count': String(++count) });
    const other = createClient({ baseUrl: `${server.url}/api/`, apiKey: 'secret', headers });
    server.answers({ status: 200, json: SESSION });
    await other.get(ID);
    await other.get(ID);
    expect(server.received).toMatchObject([
      { path: `/api/sessions/${ID}`, headers: { authorization: 'Bearer secret', 'x-count': '1' } },
      { headers: { 'x-count': '2' } },
    ]);
  });

  it.each(['/sessions', 'ftp://host', 'http://user:password@host', 'http://host?a=b', ''])(
    'refuses the base URL "%s" at once, without repeating it',
    (baseUrl) => {
      expect(() => createClient({ baseUrl })).toThrow(TypeError);
      expect(() => createClient({ baseUrl })).not.toThrow(/password/);
    },
  );

  it('lists page by page', async () => {
    const link = '</api/sessions?limit=1&cursor=a%2Bb>; rel="next"';
    server.answers({ status: 200, json: [SESSION], headers: { link } }, { status: 200, json: [SESSION] });
    const first = await client.list({ limit: 1 });
    expect([first.length, first.next]).toEqual([1, 'a+b']);
    expect((await client.list({ limit: 1, cursor: first.next })).next).toBeUndefined();
    expect(server.received[1]?.path).toBe('/sessions?limit=1&cursor=a%2Bb');
    server.answers({ status: 200, json: [{}], headers: { link: '</x?after=7&limit=1>; rel="next"' } });
    expect((await client.turns(ID, { limit: 1 })).next).toBe(7);
  });

  it('tells the position of the log that a history shows', async () => {
    server.answers({ status: 200, json: [], headers: { 'last-event-id': '12' } });
    expect((await client.messages(ID)).lastEventId).toBe(12);
  });
});

describe('waiting', () => {
  const running = { status: 200, json: { ...SESSION, status: 'running' } };

  it('polls until the turn has ended, with a pause after an early answer', async () => {
    server.answers(running, 'cut', running, { status: 200, json: SESSION });
    const begun = performance.now();
    await expect(client.wait(ID)).resolves.toMatchObject({ status: 'idle' });
    expect(server.received.map(({ path }) => path)).toEqual(
      Array(4).fill(`/sessions/${ID}?wait=true&timeout=25`),
    );
    expect(performance.now() - begun).toBeGreaterThan(500);
  });

  it('returns a session that still runs when its time is over', async () => {
    server.answers(running);
    await expect(client.wait(ID, { timeout: 300 })).resolves.toMatchObject({ status: 'running' });
    await expect(client.wait(ID, { timeout: 0 })).resolves.toMatchObject({ status: 'running' });
    expect(server.received.at(-1)?.path).toBe(`/sessions/${ID}?wait=true&timeout=0`);
  });

  it('asks, and answers with its own turn although another has followed', async () => {
    const accepted = { status: 202, json: { turn_id: 'mine' } };
    server.answers(accepted, { status: 200, json: { ...SESSION, turn_id: 'mine', response: 'own' } });
    await expect(client.ask(ID, 'a')).resolves.toMatchObject({ response: 'own', status: 'idle' });
    const mine = { status: 'failed', response: null, error: 'why' };
    server.answers(
      accepted,
      { status: 200, json: { ...SESSION, turn_id: 'other' } },
      { status: 200, json: mine },
    );
    await expect(client.ask(ID, 'a')).resolves.toMatchObject({
      turn_id: 'mine',
      status: 'error',
      error: 'why',
    });
  });

  it('asks a server whose turns have no ids', async () => {
    server.answers({ status: 202, json: { status: 'running' } }, { status: 200, json: { status: 'idle' } });
    await expect(client.ask(ID, 'a')).resolves.toEqual({ status: 'idle' });
  });
});

/** A signal that is aborted soon. */
function abortsIn(ms: number, reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(reason);
  }, ms);
  return controller.signal;
}
