import { describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  type ClassSerializerInterceptorOptions,
  Controller,
  Get,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { walkIntoErrors, walkThrough } from '../support/walk-through.js';

class HostsOwnAnswer {
  id = 1;
  secret = 'x';
  _hidden = 'y';
}

@Controller('own')
class HostsOwnController {
  @Get()
  answer(): HostsOwnAnswer {
    return new HostsOwnAnswer();
  }
}

const DEFAULTS: [string, ClassSerializerInterceptorOptions, object][] = [
  ['leaves out everything', { strategy: 'excludeAll' }, {}],
  ['leaves out some prefixes', { excludePrefixes: ['_', 's'] }, { id: 1 }],
  ['has groups and a version', { groups: ['admin'], version: 2 }, { id: 1, secret: 'x', _hidden: 'y' }],
];

/** The serialization of answers is independent of the database. */
describe.each(sqliteStacks)('on $name in a host with a ClassSerializerInterceptor', (stack) => {
  describe.each(DEFAULTS)('that %s', (_what, defaults, own) => {
    const app = useApp(stack, {
      agent: new ScriptedAgent(),
      allowCustomIds: true,
      health: true,
      host: {
        controllers: [HostsOwnController],
        providers: [
          {
            provide: APP_INTERCEPTOR,
            useFactory: (reflector: Reflector) => new ClassSerializerInterceptor(reflector, defaults),
            inject: [Reflector],
          },
        ],
      },
    });

    it('the module’s answers are unchanged, and the host’s are serialized', async () => {
      await walkThrough(app.client, '');
      await walkIntoErrors(app.client);
      const metadata = { _private: 1, state: { s: [1, null, { _x: 'y' }] }, '': 0 };
      const created = await app.client.create({ metadata });
      expect(created.body).toMatchObject({
        status: 'idle',
        response: null,
        error: null,
        interrupts: null,
        metadata,
      });
      const { session_id: id } = created.body;
      expect((await app.client.get(id)).body).toEqual(created.body);
      expect(await app.client.request('GET', '/health')).toMatchObject({
        status: 200,
        body: { status: 'ok', total_sessions: expect.any(Number) },
      });
      expect((await app.client.request('GET', '/health/live')).body).toEqual({ status: 'ok' });
      expect((await app.client.request('GET', '/own')).body).toEqual(own);
    });

    it.each([
      '{"constructor":5,"b":1}',
      '{"a":{"constructor":{"name":"x"},"b":{}}}',
      '{"then":1,"toJSON":"x"}',
    ])(
      'metadata with the names of JavaScript’s own properties is returned unchanged: %s',
      async (metadata) => {
        const created = await app.client.request('POST', '/sessions', { text: `{"metadata":${metadata}}` });
        expect(created.status).toBe(201);
        const { session_id: id } = created.body as { session_id: string };
        expect((await app.client.get(id)).status).toBe(200);
      },
    );
  });
});
