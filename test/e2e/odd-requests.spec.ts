import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { rawRequest, type RawRequest } from '../support/raw-request.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const EMPTY = { ...JSON_TYPE, 'content-length': '0' };
const CHUNKED = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };
const LONG_ID = 'x'.repeat(200);

/** Parsing and routing are independent of the database. */
describe.each(sqliteStacks)('an unusual request on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent(), allowCustomIds: true });
  let id: string;
  let session: string;
  beforeAll(async () => {
    id = await app.client.newSession();
    session = `/sessions/${id}`;
  });

  const send = (request: RawRequest) => rawRequest(app.url, request);
  const post = (path: string, headers: Record<string, string>, body?: string) =>
    send({ method: 'POST', path, headers, body });

  describe('without a body', () => {
    it.each([
      ['no header', {}],
      ['a type', JSON_TYPE],
      ['a type and a charset', { 'content-type': 'application/json; charset=utf-8' }],
      ['a length of 0', { 'content-length': '0' }],
      ['a type and a length of 0', EMPTY],
    ])('but with %s creates a session, cancels and deletes, and is not a message', async (_what, headers) => {
      const created = await post('/sessions', headers);
      expect(created.status).toBe(201);
      expect(await post(`${session}/cancel`, headers)).toMatchObject({
        status: 409,
        body: { code: 'nothing_running' },
      });
      expect(await post(`${session}/messages`, headers)).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', message: ['body must be a JSON object'] },
      });
      const path = created.headers.location ?? '';
      expect(await send({ method: 'DELETE', path, headers })).toMatchObject({ status: 204, text: '' });
    });

    it('may be chunked: an empty chunked body counts as none', async () => {
      for (const headers of [CHUNKED, { 'transfer-encoding': 'chunked' }]) {
        // Fastify rejects a chunked body without a content type, even an empty one.
        if (stack.adapter === 'fastify' && headers !== CHUNKED) continue;
        expect((await post('/sessions', headers, '')).status).toBe(201);
        expect((await post(`${session}/cancel`, headers, '')).status).toBe(409);
      }
    });
  });

  it('may have a chunked body', async () => {
    const text = JSON.stringify({ metadata: { text: 'ü😀'.repeat(50_000 / 6) } });
    const created = await post('/sessions', CHUNKED, text);
    expect(created).toMatchObject({ status: 201, body: JSON.parse(text) as object });
  });

  it.each(['{"metadata":{"__proto__":1}}', '{"metadata":{"\\u005f_pro\\u0074o__":{"a":1}}}'])(
    'with a __proto__ key is 422 naming the key, in every encoding: %s',
    async (text) => {
      for (const headers of [JSON_TYPE, CHUNKED]) {
        expect(await post('/sessions', headers, text)).toMatchObject({
          status: 422,
          body: { code: 'validation_failed', message: ['metadata.__proto__ is not an allowed key'] },
        });
      }
    },
  );

  it('may contain __proto__ in its texts', async () => {
    const metadata = { text: '__proto__ \\u0000', list: ['"__proto__":'] };
    expect((await app.client.create({ metadata })).body).toMatchObject({ metadata });
  });

  it.each([
    ['text/plain', 'hello'],
    ['application/xml', '<a/>'],
    ['application/octet-stream', '\u0001'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['nonsense', '{}'],
    ['', '{}'],
  ])('with a body that is %j is refused', async (type, body) => {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    for (const path of ['/sessions', `${session}/messages`, `${session}/cancel`]) {
      expect([415, 422]).toContain((await post(path, headers, body)).status);
      if (type === '') continue;
      const chunked = { ...headers, 'transfer-encoding': 'chunked' };
      expect([415, 422]).toContain((await post(path, chunked, body)).status);
    }
  });

  it.each([
    '%E0%A4%A',
    '%',
    '%ZZ',
    '%FF',
    LONG_ID,
    '%2e%2e',
    '..%2f..',
    '%00',
    ';a=b',
    '*',
    '(',
    ':x',
    '__proto__',
    '%0d%0aset-cookie:a',
  ])('for the id %s is 404', async (odd) => {
    const paths = ['', '/messages', '/turns', '/deliveries'].map((rest) => `/sessions/${odd}${rest}`);
    for (const path of paths) {
      expect([400, 404, 414]).toContain((await send({ method: 'GET', path })).status);
    }
    expect([400, 404, 414]).toContain((await send({ method: 'DELETE', path: `/sessions/${odd}` })).status);
    expect([400, 404, 414]).toContain((await post(`/sessions/${odd}/cancel`, {})).status);
    const put = await send({ method: 'PUT', path: `/sessions/${odd}`, headers: JSON_TYPE, body: '{}' });
    expect([400, 404, 414]).toContain(put.status);
  });

  it.each([
    'wait[]=true',
    'wait[a]=true',
    '__proto__=1',
    'constructor=1',
    'a[__proto__][b]=1',
    '&&&',
    'toString',
  ])('with the query ?%s is answered as without it', async (query) => {
    expect(await app.client.get(id, `?${query}`)).toMatchObject({ status: 200 });
    expect(await app.client.list(`?${query}`)).toMatchObject({ status: 200 });
  });

  it.each(['wait=%E0%A4%A', 'wait=true&wait=false', 'wait=%00', 'timeout=1&timeout=2'])(
    'with the query ?%s is refused',
    async (query) => {
      expect(await send({ method: 'GET', path: `${session}?${query}` })).toMatchObject({
        status: 422,
        body: { code: 'validation_failed' },
      });
    },
  );

  it('HEAD gets the headers', async () => {
    expect(await send({ method: 'HEAD', path: session })).toMatchObject({ status: 200, text: '' });
    expect(await send({ method: 'HEAD', path: '/sessions' })).toMatchObject({ status: 200, text: '' });
    expect(await send({ method: 'HEAD', path: '/sessions/none' })).toMatchObject({ status: 404, text: '' });
  });

  it('with a trailing slash is answered as the host does', async () => {
    const created = await post('/sessions/', {});
    expect([201, 404]).toContain(created.status);
    if (created.status === 201) expect(created.headers.location).toMatch(/^\/sessions\/[\da-f-]+$/);
  });

  it('for a whole URL, as to a proxy, gets the path in Location', async () => {
    const created = await post('http://example.com/sessions', {});
    expect(created.status).toBe(201);
    expect(created.headers.location).toMatch(/^\/sessions\/[\da-f-]+$/);
  });

  it('with an unsupported method is 404', async () => {
    for (const method of ['PATCH', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'SEARCH', 'LOCK']) {
      expect((await send({ method, path: '/sessions' })).status).toBe(404);
    }
  });

  it('is never answered with 500', async () => {
    const part = fc.oneof(
      fc.constantFrom('sessions', id, 'messages', 'turns', 'cancel', 'deliveries', 'x', 'redeliver', ''),
      fc.webPath(),
      fc.constantFrom('%', '%00', '%c0%ae', '[', '..'),
    );
    const headers = fc.record(
      {
        'content-type': fc.constantFrom(
          'application/json',
          'application/json;charset=latin1',
          'text/plain',
          'application/x-www-form-urlencoded',
          'a',
          '/',
        ),
        'content-encoding': fc.constantFrom('gzip', 'identity', 'nonsense'),
        'idempotency-key': fc.constantFrom('', 'k', 'x'.repeat(300), 'é'),
        accept: fc.constantFrom('text/html', '*/*', 'q=0'),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom(
        '{"__proto__":{}}',
        '{"constructor":{"prototype":{}}}',
        '',
        'content[__proto__]=1&a[b]=c',
        '\ufeff{}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'),
          path: fc
            .tuple(fc.array(part, { maxLength: 4 }), fc.webQueryParameters())
            .map(([parts, query]) => `/${parts.join('/')}?${query}`.replace(/[^\x21-\x7e]/g, '')),
          headers,
          body: fc.option(body, { nil: undefined }),
        }),
        async (request) => {
          const { status } = await send(request);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });
});
