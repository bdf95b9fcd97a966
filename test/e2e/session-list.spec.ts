import { beforeAll, describe, expect, it } from '@jest/globals';

import { USED } from '../support/instants.js';
import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

const [CREATED_CURSOR, UPDATED_CURSOR] = ['', 'u '].map((order) =>
  Buffer.from(`${order}17 550e8400-e29b-41d4-a716-446655440000`).toString('base64url'),
);

/** The path and query of a `Link` header; undefined on the last page. */
function next(headers: Headers): string | undefined {
  return /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

const { turn_id, created_at, updated_at } = USED;
const LISTED = { turn_id, created_at, updated_at };

describe.each(mixedStacks)('the list of sessions on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  /** Newest first. */
  const ids: string[] = [];

  beforeAll(async () => {
    for (let count = 0; count < 7; count++) ids.unshift(await app.client.newSession());
    const [, failed = '', running = ''] = ids;
    await app.client.ask(
      failed,
      agent.does(() => {
        throw new Error('no');
      }),
    );
    await app.client.send(
      running,
      agent.does(async ({ signal }) => {
        await aborted(signal);
        return '';
      }),
    );
    for (const text of ['one', 'two']) await app.client.ask(ids[3] ?? '', text);
  });

  it('is newest first, with the state of each session', async () => {
    const { status, headers, body } = await app.client.list();
    expect(status).toBe(200);
    expect(next(headers)).toBeUndefined();
    expect(body).toEqual(
      ids.map((session_id, index) => ({
        session_id,
        status: index === 1 ? 'error' : index === 2 ? 'running' : 'idle',
        total_messages: index === 3 ? 4 : 0,
        ...LISTED,
        ...([1, 2, 3].includes(index) ? {} : { turn_id: null }),
      })),
    );
  });

  it.each([1, 2, 3, 7])('comes in pages of %d, without gaps or repetition', async (limit) => {
    const seen: string[] = [];
    let path: string | undefined = `/sessions?limit=${limit}`;
    while (path !== undefined) {
      const { body, headers } = await app.client.list(path.slice('/sessions'.length));
      expect(body.length).toBeLessThanOrEqual(limit);
      seen.push(...body.map(({ session_id }) => session_id));
      path = next(headers);
    }
    expect(seen).toEqual(ids);
  });

  it('can be filtered by status, over pages too', async () => {
    const list = async (query: string) => (await app.client.list(query)).body.map((one) => one.session_id);
    expect(await list('?status=error')).toEqual([ids[1]]);
    expect(await list('?status=running')).toEqual([ids[2]]);
    expect(await list('?status=interrupted')).toEqual([]);
    const first = await app.client.list('?status=idle&limit=3');
    expect(first.body.map(({ session_id }) => session_id)).toEqual([ids[0], ids[3], ids[4]]);
    expect(await list(next(first.headers)?.slice('/sessions'.length) ?? '')).toEqual([ids[5], ids[6]]);
  });

  it('can be ordered by the last update, over pages too', async () => {
    const [, , running = '', used = ''] = ids;
    const others = ids.filter((id) => id !== running && id !== used);
    await app.client.patch(running, { title: 'in progress' });
    await app.client.ask(used, 'three');
    const { body } = await app.client.list('?order=updated');
    expect(body.slice(0, 2)).toMatchObject([
      { session_id: used, total_messages: 6 },
      { session_id: running, metadata: { title: 'in progress' } },
    ]);
    for (const [index, { updated_at }] of body.entries()) {
      expect(updated_at <= (body[index - 1]?.updated_at ?? '9')).toBe(true);
    }
    const seen: string[] = [];
    for (let path = next((await app.client.list('?order=updated&limit=2')).headers); path !== undefined;) {
      expect(path).toContain('order=updated');
      const page = await app.client.list(path.slice('/sessions'.length));
      seen.push(...page.body.map(({ session_id }) => session_id));
      path = next(page.headers);
    }
    expect(new Set(seen)).toEqual(new Set(others));
    expect(seen).toHaveLength(5);
    expect((await app.client.list('?order=created')).body.map(({ session_id }) => session_id)).toEqual(ids);
  });

  it('can be filtered by metadata, over pages too', async () => {
    const made: string[] = [];
    for (const metadata of [
      { customer: 'ü&=1', seats: 5 },
      { customer: 'ü&=1', seats: 6, 'a]b': true },
      { customer: 'ü&=1', seats: 5 },
    ]) {
      made.unshift(await app.client.newSession({ metadata }));
    }
    const found = async (query: string) => {
      const { status, headers, body } = await app.client.list(query);
      expect([query, status]).toEqual([query, 200]);
      return { ids: body.map(({ session_id }) => session_id), link: next(headers) };
    };
    const customer = `metadata[customer]=${encodeURIComponent('ü&=1')}`;
    expect((await found(`?${customer}`)).ids).toEqual(made);
    expect((await found(`?${encodeURIComponent('metadata[seats]')}=5&${customer}`)).ids).toEqual([
      made[0],
      made[2],
    ]);
    expect((await found('?metadata[a]b]=true')).ids).toEqual([made[1]]);
    expect((await found(`?${customer}&status=error`)).ids).toEqual([]);
    expect((await found(`?${customer}&metadata[seats]=7`)).ids).toEqual([]);
    for (const order of ['created', 'updated']) {
      const first = await found(`?${customer}&order=${order}&limit=2`);
      const second = await found(first.link?.slice('/sessions'.length) ?? '');
      expect([first.ids, second]).toEqual([made.slice(0, 2), { ids: made.slice(2), link: undefined }]);
    }
    const { body } = await app.client.list('?metadata[seats]=6');
    expect(body).toMatchObject([{ metadata: { customer: 'ü&=1', seats: 6, 'a]b': true } }]);
    expect(await app.sessions.list({ metadata: { seats: 6 } })).toMatchObject([{ session_id: made[1] }]);
    for (const id of made) await app.client.delete(id);
  });

  it('continues after a page whose last session was deleted', async () => {
    const doomed = await app.client.newSession();
    const { headers } = await app.client.list('?limit=1');
    await app.client.delete(doomed);
    const { body } = await app.client.list(next(headers)?.slice('/sessions'.length));
    expect(body.map(({ session_id }) => session_id)).toEqual(ids.slice(0, 1));
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=many', 'limit'],
    ['?limit=', 'limit'],
    ['?limit=1&limit=2', 'limit'],
    ['?status=busy', 'status'],
    ['?cursor=nonsense', 'cursor'],
    ['?cursor=', 'cursor'],
    ['?cursor=a&cursor=b', 'cursor'],
    ['?order=size', 'order'],
    ['?order=', 'order'],
    [`?order=updated&cursor=${CREATED_CURSOR}`, 'cursor'],
    [`?cursor=${UPDATED_CURSOR}`, 'cursor'],
    ['?metadata[a]=1&metadata[a]=1', 'metadata[a] must be given once'],
    [`?metadata[a]=${'x'.repeat(201)}`, 'metadata[a]'],
    [`?metadata[${'k'.repeat(101)}]=1`, 'metadata[kkk'],
    ['?metadata[a]=%00', 'metadata[a]'],
    ['?metadata=a', 'metadata must be metadata[key]=text'],
    ['?metadata[a=1', 'metadata[a must be metadata[key]=text'],
    ['?metadata[]=1', 'metadata[] must be metadata[key]=text'],
    ['?metadata[a%00]=1', 'metadata[a'],
    ['?metadata[__proto__]=1', 'metadata[__proto__] is not an allowed key'],
    [`?${Array.from({ length: 11 }, (_, index) => `metadata[${index}]=1`).join('&')}`, 'metadata'],
  ])('refuses %s by name', async (query, field) => {
    expect(await app.client.list(query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
  });

  it.each<[query: string, fields: string[]]>([
    ['?order=size&cursor=nonsense', ['order', 'cursor']],
    ['?order=&limit=0&status=busy&cursor=&metadata=a', ['order', 'limit', 'status', 'cursor', 'metadata']],
    ['?limit=1&limit=2&order=size&cursor=a&cursor=b', ['limit', 'order', 'cursor']],
    [`?order=size&cursor=${CREATED_CURSOR}`, ['order']],
    [`?order=size&cursor=${UPDATED_CURSOR}`, ['order']],
    [
      '?metadata[a]=%00&metadata[b]=1&metadata[b]=2&metadata[]=3',
      ['metadata[a]', 'metadata[b]', 'metadata[]'],
    ],
  ])('refuses all problems of %s at once', async (query, fields) => {
    const { status, body } = await app.client.list(query);
    expect(status).toBe(422);
    const { message } = body as unknown as { message: string[] };
    expect(message.map((problem) => problem.split(' ')[0]).sort()).toEqual([...fields].sort());
  });

  it('has no session for a filter by a key of Object.prototype', async () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty']) {
      expect(await app.client.list(`?metadata[${key}]=1`)).toMatchObject({ status: 200, body: [] });
    }
    expect(({} as Record<string, unknown>)[1]).toBeUndefined();
  });

  it.each<[object, string]>([
    [{ order: 'size' }, 'order'],
    [{ status: ['idle'] }, 'status'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ limit: 'x' }, 'limit'],
    [{ metadata: null }, 'metadata'],
    [{ metadata: 5 }, 'metadata'],
    [{ metadata: { a: ['x'] } }, 'metadata[a]'],
    [{ metadata: { ['__proto__']: 'x' } }, 'metadata[__proto__] is not an allowed key'],
  ])('refuses %j by name in process, too', async (options, field) => {
    const response = { code: 'validation_failed', message: [expect.stringContaining(field)] };
    await expect(app.sessions.list(options)).rejects.toMatchObject({ response });
  });

  it('has no session for an id that is no text', async () => {
    for (const id of [undefined, null, 5, {}] as unknown as string[]) {
      await expect(app.sessions.get(id)).rejects.toMatchObject({ response: { code: 'session_not_found' } });
    }
  });

  it('ignores unknown query parameters', async () => {
    expect(
      (await app.client.list('?mood=good&constructor=1&__proto__=2&metadata.a=2&meta[a]=3')).status,
    ).toBe(200);
  });
});
