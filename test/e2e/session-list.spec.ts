import { beforeAll, describe, expect, it } from '@jest/globals';

import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { stacks, useApp } from '../support/stacks.js';

/** The path and query of a `Link` header; undefined on the last page. */
function next(headers: Headers): string | undefined {
  return /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

describe.each(stacks)('the list of sessions on $name', (stack) => {
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
  ])('refuses %s by name', async (query, field) => {
    expect(await app.client.list(query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
  });

  it('ignores unknown query parameters', async () => {
    expect((await app.client.list('?mood=good&constructor=1&__proto__=2')).status).toBe(200);
  });
});
