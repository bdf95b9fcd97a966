import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';

import { until } from '../support/until.js';
import { type CliServer, useServer } from './use-server.js';

const KEY = 'a-key/with+signs=';

/** Beyond loopback. */
const EVERYWHERE = ['--host', '0.0.0.0'];

/** The response of every operation to a request with these headers. */
const OPERATIONS = [
  ['POST', '/sessions'],
  ['GET', '/sessions'],
  ['GET', '/sessions/1'],
  ['PUT', '/sessions/1'],
  ['DELETE', '/sessions/1'],
  ['POST', '/sessions/1/messages'],
  ['GET', '/sessions/1/messages'],
  ['GET', '/sessions/1/turns'],
  ['POST', '/sessions/1/cancel'],
  ['GET', '/'],
  ['GET', '/docs-yaml'],
  ['GET', '/health/more'],
  ['GET', '/docsx'],
  ['GET', '//sessions'],
  ['GET', '/%ZZ'],
] as const;

/** The sources of the server's API key. */
const sources = [
  { from: 'the command line', args: [...EVERYWHERE, '--api-key', KEY] },
  { from: 'the environment', args: [], env: { AGENT_SESSIONS_API_KEY: KEY } },
];

/** What the server has logged since its start. */
async function outputOf({ server }: CliServer): Promise<string> {
  await until(() => server.stdout().includes('/docs'), { what: 'the server to say where it is' });
  return server.stdout() + server.stderr();
}

describe.each(sources)('an API key from $from', ({ args, env }) => {
  const running = useServer({ args, env });

  const ask = (method: string, path: string, authorization?: string, body?: string) =>
    fetch(running.server.url + path, { method, body, headers: authorization ? { authorization } : {} });

  it('is required by every operation', async () => {
    for (const [method, path] of OPERATIONS) {
      const response = await ask(method, path);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer',
      ]);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toEqual({
        statusCode: 401,
        error: 'Unauthorized',
        message: 'Send a valid Authorization: Bearer header',
        code: 'unauthorized',
      });
    }
  });

  it.each([KEY, `Basic ${KEY}`, 'Bearer', `Bearer ${KEY}x`, `Bearer x${KEY}`, `Bearer ${KEY.slice(1)}`])(
    'rejects %s',
    async (authorization) => {
      expect((await ask('GET', '/sessions', authorization)).status).toBe(401);
    },
  );

  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, `BEARER  ${KEY}`])('accepts %s', async (authorization) => {
    expect((await ask('GET', '/sessions', authorization)).status).toBe(200);
    expect((await ask('POST', '/sessions', authorization)).status).toBe(201);
  });

  it('is checked before the body', async () => {
    expect((await ask('POST', '/sessions', undefined, 'x'.repeat(17 * 2 ** 20))).status).toBe(401);
  });

  it('is not required by routes that reveal nothing', async () => {
    for (const path of [
      '/health',
      '/docs',
      '/docs/',
      '/docs-json',
      '/docs/swagger-ui.css',
      '/health?x=/sessions',
      '/health/live',
    ]) {
      expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('is declared in the OpenAPI document', async () => {
    const document = (await (await ask('GET', '/docs-json')).json()) as OpenAPIObject;
    expect(document.components?.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
    });
    expect(document.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/health']?.get).toMatchObject({ security: [] });
    expect(document.paths['/health']?.get?.responses).not.toHaveProperty('401');
    expect(document.paths['/sessions']?.post?.responses).toHaveProperty('401');
  });

  it('is never logged or returned', () => {
    expect(running.server.stdout() + running.server.stderr()).not.toContain(KEY);
  });

  it('needs no warning', async () => {
    expect(await outputOf(running)).not.toContain('--api-key');
  });
});

describe('a server without an API key', () => {
  const open = useServer({ args: EVERYWHERE });
  const loopback = useServer();

  it('warns at start if it listens beyond loopback, and only then', async () => {
    expect(await outputOf(open)).toMatch(/Anybody who reaches 0\.0\.0\.0 .* no --api-key is set/);
    expect(await outputOf(loopback)).not.toContain('--api-key');
  });

  it('declares no security in the OpenAPI document', async () => {
    const document = (await (await fetch(`${loopback.server.url}/docs-json`)).json()) as OpenAPIObject;
    expect(document.security).toEqual([]);
    expect(document.components?.securitySchemes).toBeUndefined();
    expect(document.paths['/sessions']?.post?.responses).not.toHaveProperty('401');
  });
});
