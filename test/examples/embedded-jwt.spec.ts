import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Server } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { Example } from './example.js';

/** A client with or without a token. */
class UserClient extends SessionsClient {
  private token = '';

  override request(...[method, path, options]: Parameters<SessionsClient['request']>) {
    const headers: Record<string, string> = this.token ? { authorization: `Bearer ${this.token}` } : {};
    return super.request(method, path, { ...options, headers });
  }

  async signIn(name: unknown): Promise<number> {
    const { status, body } = await this.request('POST', '/login', { json: { name } });
    this.token = (body as { token?: string }).token ?? '';
    return status;
  }
}

describe('the example of an application with users', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let stranger: UserClient;
  let ada: UserClient;
  let bob: UserClient;

  beforeAll(async () => {
    const example = await Example.read('embedded-jwt');
    folder = await temporaryFolder();
    await example.run('tsc');
    server = await example.serve('dist/main.js', { cwd: folder.path, env: { JWT_SECRET: 'of the test' } });
    const client = () => new UserClient(`${server.url}/api`);
    [stranger, ada, bob] = [client(), client(), client()];
    await Promise.all([ada.signIn('ada'), bob.signIn('bob')]);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('refuses requests without a token', async () => {
    expect(await stranger.create()).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect(await stranger.list()).toMatchObject({ status: 401 });
    const forged = { authorization: `Bearer ${'x'.repeat(20)}.x.x` };
    expect((await fetch(`${server.url}/api/sessions`, { headers: forged })).status).toBe(401);
    expect((await fetch(`${server.url}/sessions`)).status).toBe(404);
  });

  it('hides each user’s sessions from other users', async () => {
    const id = await ada.newSession();
    expect(await ada.ask(id, 'hello')).toMatchObject({
      response: { content: 'You said "hello" after 0 messages.' },
    });
    expect((await ada.list()).body).toMatchObject([{ session_id: id, total_messages: 2 }]);

    expect((await bob.list()).body).toEqual([]);
    const refused = { status: 404, body: { code: 'session_not_found' } };
    expect(await bob.get(id)).toMatchObject(refused);
    expect(await bob.messages(id)).toMatchObject(refused);
    expect(await bob.send(id, 'hello')).toMatchObject(refused);
    expect(await bob.delete(id)).toMatchObject(refused);
    expect(await ada.get(id)).toMatchObject({ status: 200 });
  });

  it('shows staff the sessions of all users', async () => {
    const [id, other] = [await ada.newSession(), await bob.newSession()];
    const staff = new UserClient(`${server.url}/api`);
    await staff.signIn('grace');
    const all = (await staff.request('GET', '/staff/sessions')).body as { session_id: string }[];
    expect(all.map(({ session_id }) => session_id)).toEqual(expect.arrayContaining([id, other]));
    expect((await staff.request('GET', '/staff/sessions?owner=bob')).body).toMatchObject([
      { session_id: other, owner: 'bob' },
    ]);
    await ada.ask(id, 'hello');
    expect((await staff.request('GET', `/staff/sessions/${id}/messages`)).body).toHaveLength(2);
    expect(await staff.request('GET', '/staff/sessions/x')).toMatchObject({ status: 404 });
    expect(await staff.request('POST', `/staff/sessions/${id}/cancel`)).toMatchObject({ status: 409 });
    expect(await ada.request('GET', '/staff/sessions')).toMatchObject({ status: 403 });
    expect(await stranger.request('GET', '/staff/sessions')).toMatchObject({ status: 401 });
  });

  it('has its own routes', async () => {
    expect(await ada.request('GET', '/me')).toMatchObject({ status: 200, body: { name: 'ada' } });
    expect(await stranger.request('GET', '/me')).toMatchObject({ status: 401 });
    expect(await stranger.signIn(5)).toBe(400);
  });
});
