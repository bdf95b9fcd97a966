import { describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import {
  InjectSessions,
  SessionsModule,
  SessionsOptionsError,
  SessionsService,
  type Turn,
} from '../../src/index.js';
import { backends, connections, createAdapter, uniqueName } from '../support/stacks.js';

const agent = ({ message }: Turn) => `You said: ${message.content ?? ''}`;

@Injectable()
class Caller {
  constructor(@InjectSessions() readonly sessions: SessionsService) {}
}

@Module({})
class HostModule {}

describe.each(backends)('a module without routes on $name', (backend) => {
  it('answers in process, and mounts no route', async () => {
    const database = await backend.createDatabase();
    const app: INestApplication = await NestFactory.create(
      {
        module: HostModule,
        providers: [Caller],
        imports: [
          ...connections(backend, database),
          SessionsModule.forRoot({
            agent,
            name: uniqueName(),
            queue: backend.queue,
            shutdownTimeout: 0,
            http: false,
          }),
        ],
      },
      createAdapter('express'),
      { logger: false, abortOnError: false },
    );
    try {
      await app.listen(0, '127.0.0.1');
      const { sessions } = app.get(Caller);
      const { session_id } = await sessions.create();
      await sessions.send(session_id, { content: 'hello' });
      expect(await sessions.get(session_id, { wait: true })).toMatchObject({
        response: { content: 'You said: hello' },
      });
      for (const path of ['sessions', `sessions/${session_id}`, 'health']) {
        expect((await fetch(`${await app.getUrl()}/${path}`)).status).toBe(404);
      }
    } finally {
      await app.close();
      await database.remove();
    }
  });
});

describe('a host that identifies modules by a hash of their metadata', () => {
  it.each(backends)('has the routes of each of two modules on $name', async (backend) => {
    const database = await backend.createDatabase();
    const [first, second] = [uniqueName(), uniqueName()];
    const app = await NestFactory.create(
      {
        module: HostModule,
        imports: [
          ...connections(backend, database),
          ...[first, second].map((path) =>
            SessionsModule.forRoot({ agent, path, queue: backend.queue, shutdownTimeout: 0 }),
          ),
        ],
      },
      createAdapter('express'),
      { logger: false, abortOnError: false, moduleIdGeneratorAlgorithm: 'deep-hash' },
    );
    try {
      await app.listen(0, '127.0.0.1');
      for (const path of [first, second]) {
        expect((await fetch(`${await app.getUrl()}/${path}/sessions`)).status).toBe(200);
      }
    } finally {
      await app.close();
      await database.remove();
    }
  });
});

describe('without routes', () => {
  const wrong = (options: object) => () => SessionsModule.forRoot({ agent, ...options });

  it.each(['health', 'console'])('the option %s is an error, because it would be a route', (option) => {
    expect(wrong({ http: false, [option]: true })).toThrow(`SessionsModule option "${option}" mounts routes`);
    expect(wrong({ http: true, [option]: true, queue: 'in-process' })).not.toThrow();
  });

  it('an invalid option throws a SessionsOptionsError with its name', () => {
    expect.assertions(2);
    try {
      wrong({ http: 'no' })();
    } catch (error) {
      expect(error).toBeInstanceOf(SessionsOptionsError);
      expect(error).toMatchObject({
        name: 'SessionsOptionsError',
        option: 'http',
        message: 'SessionsModule option "http" must be true or false, but is "no", a string',
      });
    }
  });
});
