import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { SessionsClient } from './client.js';

/**
 * Performs every operation of a client that depends on the host: its prefix, pipes and routing. The module must be at
 * the path `base`, allow custom ids, and answer with `You said: …`.
 */
export async function walkThrough(client: SessionsClient, base: string): Promise<void> {
  const created = await client.create({ state: [], metadata: { any: { thing: 1 } } });
  expect(created).toMatchObject({ status: 201, body: { metadata: { any: { thing: 1 } } } });
  const id = created.body.session_id;
  expect(created.headers.get('location')).toBe(`${base}/sessions/${id}`);
  expect((await client.request('POST', '/sessions')).status).toBe(201);

  const put = await client.put(randomUUID());
  expect(put.headers.get('location')).toBe(`${base}/sessions/${put.body.session_id}`);

  const message = { content: 'hello', user_params: { free: { form: [1, '1', ' x '] } }, unknown: 1 };
  const sent = await client.send(id, message);
  expect(sent.status).toBe(202);
  expect(sent.headers.get('location')).toBe(`${base}/sessions/${id}`);
  expect(await client.settled(id)).toMatchObject({ response: { content: 'You said: hello' } });
  expect((await client.messages(id, '?limit=1&after=0&unknown=1')).body).toEqual([
    { role: 'user', content: 'hello', user_params: message.user_params },
  ]);
  expect((await client.turns(id)).body).toHaveLength(1);
  expect((await client.request('GET', `/sessions/${id}/deliveries`)).body).toEqual([]);

  const [turn] = (await client.turns(id)).body;
  expect((await client.turn(id, turn?.turn_id ?? '', '?wait=true')).body).toEqual(turn);
  expect((await client.messages(id, '?ids=true&limit=1')).body).toMatchObject([{ turn_id: turn?.turn_id }]);
  const patched = await client.patch(id, { any: { thing: null, other: 2 } });
  expect(patched).toMatchObject({ status: 200, body: { metadata: { any: { other: 2 } } } });
  await client.patch(id, { tag: `at ${base}` });
  expect(
    (await client.list(`?metadata[tag]=${encodeURIComponent(`at ${base}`)}&limit=1`)).body,
  ).toMatchObject([{ session_id: id }]);

  const list = await client.list('?limit=1&status=idle&unknown=1');
  expect(list.body).toHaveLength(1);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(list.headers.get('link') ?? '') ?? [];
  expect(next).toMatch(new RegExp(`^${base}/sessions\\?status=idle&limit=1&cursor=[\\w-]+$`));
  const nextPage = await client.request('GET', next.slice(base.length));
  expect(nextPage.body).toHaveLength(1);
  expect(nextPage.body).not.toEqual(list.body);

  expect((await client.cancel(id, { turn_id: null })).status).toBe(409);
  expect((await client.cancel(id)).status).toBe(409);
  expect(await client.delete(id)).toMatchObject({ status: 204, body: undefined });
}

/** Errors of the module have its own codes and bodies, with any pipes of the host. */
export async function walkIntoErrors(client: SessionsClient): Promise<void> {
  const id = await client.newSession();
  const json = { content: 5 };
  expect((await client.request('POST', `/sessions/${id}/messages`, { json })).body).toEqual({
    statusCode: 422,
    error: 'Unprocessable Entity',
    code: 'validation_failed',
    message: ['content must be a string'],
  });
  expect(await client.request('POST', `/sessions/${id}/messages`)).toMatchObject({ status: 422 });
  expect(await client.get(id, '?wait=maybe')).toMatchObject({
    status: 422,
    body: { message: ['wait must be true, 1, false or 0'] },
  });
  expect(await client.get(randomUUID())).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  expect(await client.cancel(id)).toMatchObject({ status: 409, body: { code: 'nothing_running' } });
  expect(await client.put('7')).toMatchObject({ status: 400, body: { code: 'invalid_session_id' } });
}
