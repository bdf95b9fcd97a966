import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Delete,
  Get,
  type INestApplication,
  Module,
  Param,
  Post,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import { IsString } from 'class-validator';

import { rawRequest, type RawRequest } from '../support/raw-request.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, startHost, useApp } from '../support/stacks.js';
import { walkIntoErrors, walkThrough } from '../support/walk-through.js';

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

  @Post('anything')
  anything(@Body() body: unknown) {
    return { body, type: typeof body };
  }

  @Delete('orders/:id')
  cancel(@Param('id') id: string, @Query() query: unknown) {
    return { id, query };
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

@Module({ controllers: [HostController] })
class BareHost {}

function strict(app: INestApplication): void {
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.setGlobalPrefix('api/v1');
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: string, headers: Record<string, string> = JSON_TYPE): RawRequest => ({
  method: 'POST',
  path: `/api/v1${path}`,
  headers,
  body,
});
const empty = (method: string, path: string): RawRequest => ({ method, path, headers: JSON_TYPE });

const REQUESTS_TO_THE_HOST: RawRequest[] = [
  post('/orders', '{"item":"tea"}'),
  post('/orders', '{"item":"tea","extra":1}'),
  post('/orders', '{"item":5}'),
  post('/orders', '{'),
  post('/orders', ''),
  post('/anything', '{"__proto__":{"a":1},"b":1}'),
  post('/anything', '{"constructor":{"prototype":{"a":1}}}'),
  post('/anything', '"text"'),
  post('/anything', 'text', { 'content-type': 'text/plain' }),
  post('/anything', '<a/>', { 'content-type': 'application/xml' }),
  post('/anything', 'a=1&a=2&b[c]=3', { 'content-type': 'application/x-www-form-urlencoded' }),
  post('/anything', `"${'x'.repeat(1_200_000)}"`),
  empty('POST', '/api/v1/anything'),
  empty('DELETE', '/api/v1/orders/5?a=1&a=2&b[c]=3'),
  empty('DELETE', '/api/v1/orders/%E0%A4%A'),
  empty('GET', '/api/v1/health'),
  empty('HEAD', '/api/v1/health'),
  empty('GET', '/api/v1/sessions-of-the-host'),
  empty('GET', '/api/v1/nowhere'),
  empty('GET', '/sessions'),
  empty('OPTIONS', '/api/v1/orders'),
];

describe.each(mixedStacks)('in a host with a strict global pipe and a prefix, on $name', (stack) => {
  const app = useApp(stack, {
    agent: new ScriptedAgent(),
    allowCustomIds: true,
    host: { controllers: [HostController] },
    configure: strict,
    base: '/api/v1',
  });
  /** The same host without sessions. */
  let bare: INestApplication;
  beforeAll(async () => {
    bare = await startHost(stack, { module: BareHost }, strict);
  });
  afterAll(() => bare.close());

  it('works completely, and Location and Link include the prefix', async () => {
    await walkThrough(app.client, '/api/v1');
  });

  it('keeps the format of its errors', async () => {
    await walkIntoErrors(app.client);
  });

  it.each(REQUESTS_TO_THE_HOST)(
    'the host answers $method $path as without sessions ($#)',
    async (request) => {
      const [withSessions, without] = [
        await rawRequest(app.url, request),
        await rawRequest(await bare.getUrl(), request),
      ];
      expect(comparable(withSessions)).toEqual(comparable(without));
      expect(without.status).toBeLessThan(500);
    },
  );

  it('the host answers malformed JSON and bodies that are too large', async () => {
    for (const body of ['{', `"${'x'.repeat(1_200_000)}"`]) {
      const ours = await rawRequest(app.url, post('/sessions', body));
      expect(comparable(ours)).toEqual(comparable(await rawRequest(app.url, post('/orders', body))));
      expect([400, 413]).toContain(ours.status);
    }
  });
});

function comparable({ status, headers, text }: Awaited<ReturnType<typeof rawRequest>>) {
  const { date, ...others } = headers;
  expect(date).toBeDefined();
  return { status, headers: others, text };
}
