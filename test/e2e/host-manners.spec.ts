import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, type INestApplication, Post, ValidationPipe } from '@nestjs/common';
import { IsString } from 'class-validator';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { stacks, useApp } from '../support/stacks.js';

class OrderDto {
  @IsString()
  item!: string;
}

@Controller()
class HostController {
  @Post('orders')
  order(@Body() { item }: OrderDto) {
    return { item };
  }

  @Get('health')
  health() {
    return { host: 'fine' };
  }

  @Get('sessions-of-the-host')
  sessions() {
    return [];
  }
}

function strict(app: INestApplication): void {
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.setGlobalPrefix('api/v1');
}

describe.each(stacks)('in a host with a strict global pipe and a prefix, on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, {
    agent,
    allowCustomIds: true,
    host: { controllers: [HostController] },
    configure: strict,
    base: '/api/v1',
  });

  it('everything works, and Location and Link carry the prefix', async () => {
    const created = await app.client.create({ state: [], metadata: { any: { thing: 1 } } });
    const id = created.body.session_id;
    expect(created.headers.get('location')).toBe(`/api/v1/sessions/${id}`);
    const put = await app.client.put(randomUUID());
    expect(put.headers.get('location')).toBe(`/api/v1/sessions/${put.body.session_id}`);
    const message = { content: 'hello', user_params: { free: { form: [1] } }, unknown: 1 };
    const sent = await app.client.send(id, message);
    expect(sent.headers.get('location')).toBe(`/api/v1/sessions/${id}`);
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'You said: hello' } });
    expect((await app.client.messages(id, '?limit=1&after=0&unknown=1')).body).toEqual([
      { role: 'user', content: 'hello', user_params: message.user_params },
    ]);
    const list = await app.client.list('?limit=1&unknown=1');
    expect(list.headers.get('link')).toMatch(/^<\/api\/v1\/sessions\?limit=1&cursor=[\w-]+>; rel="next"$/);
    expect((await app.client.turns(id)).body).toHaveLength(1);

    await app.client.send(id, agent.holds().content);
    expect((await app.client.cancel(id, { turn_id: null })).status).toBe(202);
    expect((await app.client.delete(id)).status).toBe(204);
  });

  it('errors keep their own shape', async () => {
    const id = await app.client.newSession();
    const json = { content: 5 };
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { json })).toMatchObject({
      status: 422,
      body: { statusCode: 422, code: 'validation_failed', message: ['content must be a string'] },
    });
    expect(await app.client.get(randomUUID())).toMatchObject({ body: { code: 'session_not_found' } });
    expect(await app.client.get(id, '?wait=maybe')).toMatchObject({ status: 422 });
  });

  it('the host’s own routes are what they were', async () => {
    const order = (json: unknown) => app.client.request('POST', '/orders', { json });
    expect(await order({ item: 'tea' })).toMatchObject({ status: 201, body: { item: 'tea' } });
    expect(await order({ item: 'tea', extra: 1 })).toMatchObject({ status: 400 });
    expect(await order({ item: 5 })).toMatchObject({ status: 400, body: { error: 'Bad Request' } });
    expect((await app.client.request('GET', '/health')).body).toEqual({ host: 'fine' });
    expect((await app.client.request('GET', '/sessions-of-the-host')).body).toEqual([]);
    expect(await app.client.request('GET', '/nowhere')).toMatchObject({ status: 404 });
    expect((await fetch(`${app.url}/sessions`)).status).toBe(404);
  });

  it('malformed JSON keeps the host’s own answer', async () => {
    expect(await app.client.request('POST', '/sessions', { text: '{' })).toMatchObject({
      status: 400,
      body: { error: 'Bad Request', statusCode: 400 },
    });
  });
});
