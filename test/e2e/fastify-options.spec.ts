import { afterEach, describe, expect, it } from '@jest/globals';
import type { NestApplicationOptions } from '@nestjs/common';
import { Controller, Module, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { SessionsModule } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { rawRequest } from '../support/raw-request.js';
import { connections, sqliteInProcess } from '../support/stacks.js';
import { walkIntoErrors, walkThrough } from '../support/walk-through.js';

@Controller()
class HostController {
  @Post('raw')
  raw(@Req() { rawBody }: RawBodyRequest<object>) {
    return { length: rawBody?.length };
  }
}

@Module({ controllers: [HostController] })
class FastifyHost {}

type AdapterOptions = ConstructorParameters<typeof FastifyAdapter>[0];

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a host on Fastify', () => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function start(
    adapterOptions: AdapterOptions,
    options: NestApplicationOptions = {},
    configure: (app: NestFastifyApplication) => void = () => undefined,
  ): Promise<{ url: string; client: SessionsClient }> {
    const database = await sqliteInProcess.createDatabase();
    cleanUp.push(database.remove);
    const app = await NestFactory.create<NestFastifyApplication>(
      {
        module: FastifyHost,
        imports: [
          ...connections(sqliteInProcess, database),
          SessionsModule.forRoot({
            agent: ({ message }) => `You said: ${message.content ?? ''}`,
            queue: 'in-process',
            allowCustomIds: true,
          }),
        ],
      },
      new FastifyAdapter(adapterOptions),
      { logger: false, ...options },
    );
    configure(app);
    await app.listen(0, '127.0.0.1');
    cleanUp.push(() => app.close());
    const url = await app.getUrl();
    return { url, client: new SessionsClient(url) };
  }

  it('may normalise slashes by itself; Location is still a path', async () => {
    const { url, client } = await start({
      routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, caseSensitive: false },
    });
    await walkThrough(client, '');
    for (const path of ['/sessions/', '//sessions', '///sessions//']) {
      const { status, headers } = await rawRequest(url, { method: 'POST', path });
      expect(status).toBe(201);
      expect(headers.location).toMatch(/^\/sessions\/[\da-f-]{36}$/);
    }
  });

  it.each(['error', 'remove', 'ignore'] as const)(
    'may set its own rule for __proto__: %s',
    async (onProtoPoisoning) => {
      const { url, client } = await start({ onProtoPoisoning });
      const answer = await rawRequest(url, {
        method: 'POST',
        path: '/sessions',
        headers: JSON_TYPE,
        body: '{"metadata":{"__proto__":1}}',
      });
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
      await walkIntoErrors(client);
    },
  );

  it('may limit bodies and ids', async () => {
    const { client } = await start({ bodyLimit: 1_000, routerOptions: { maxParamLength: 40 } });
    await walkThrough(client, '');
    const id = await client.newSession();
    expect((await client.send(id, 'x'.repeat(500))).status).toBe(202);
    expect((await client.send(id, 'x'.repeat(2_000))).status).toBe(413);
    const chunked = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };
    const body = JSON.stringify({ metadata: { text: 'x'.repeat(100_000) } });
    expect(
      (await rawRequest(client.base, { method: 'POST', path: '/sessions', headers: chunked, body })).status,
    ).toBe(413);
    expect([404, 414]).toContain((await client.get('x'.repeat(41))).status);
  });

  it('may keep raw bodies, and parse JSON by itself', async () => {
    const { url, client } = await start({}, { rawBody: true }, (app) => {
      app.useBodyParser('application/json', { bodyLimit: 2 ** 22 }, (_request, body, done) => {
        try {
          done(null, JSON.parse(body.toString()));
        } catch {
          done(Object.assign(new Error('no JSON'), { statusCode: 400 }), undefined);
        }
      });
    });
    await walkThrough(client, '');
    const text = JSON.stringify({ metadata: { text: 'x'.repeat(2_000_000) } });
    expect((await client.request('POST', '/sessions', { text })).status).toBe(201);
    const raw = await rawRequest(url, { method: 'POST', path: '/raw', headers: JSON_TYPE, body: '{"a":1}' });
    expect(raw.body).toEqual({ length: 7 });
  });
});
