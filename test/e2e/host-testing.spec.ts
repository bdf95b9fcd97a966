import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { Server } from 'node:http';
import { TypeOrmModule } from '@nestjs/typeorm';
import request from 'supertest';

import {
  type Agent,
  entities,
  migrations,
  type Session,
  SessionsModule,
  type SessionsModuleOptions,
  SessionsService,
  type Turn,
} from '../../src/index.js';
import { connections, createAdapter, type StackDatabase, stacks, uniqueName } from '../support/stacks.js';
import { until } from '../support/until.js';

@Injectable()
class Answers {
  readonly greeting = 'You said: ';
}

@Injectable()
class SupportAgent implements Agent {
  constructor(private readonly answers: Answers) {}

  runTurn({ message }: Turn): string {
    return this.answers.greeting + (message.content ?? '');
  }
}

@Module({ providers: [Answers, SupportAgent], exports: [SupportAgent] })
class SupportModule {}

@Module({})
class WorkerHost {}

/** Number of sockets, servers and timers that keep the process alive. */
const openHandles = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).length;

describe.each(stacks)('tests of a host on $name', (stack) => {
  let database: StackDatabase;
  let before: number;
  beforeEach(async () => {
    database = await stack.createDatabase();
    before = openHandles();
  });
  afterEach(async () => {
    try {
      // One more is the time limit of `until` itself.
      await until(() => openHandles() <= before + 1, { what: 'nothing to be left open' });
    } finally {
      await database.remove();
    }
  });

  const imports = (options: Partial<SessionsModuleOptions> = {}) => [
    ...connections(stack, database),
    SupportModule,
    SessionsModule.forRoot({
      agent: SupportAgent,
      queue: stack.queue,
      name: uniqueName(),
      shutdownTimeout: 0,
      imports: [SupportModule],
      ...options,
    }),
  ];

  async function appOf(builder: TestingModuleBuilder): Promise<INestApplication<Server>> {
    const module = await builder.compile();
    const app = module.createNestApplication<INestApplication<Server>>(createAdapter(stack.adapter));
    await app.init();
    // Fastify loads plugins before it answers; Express does not.
    const server: unknown = app.getHttpAdapter().getInstance();
    await (server as { ready?: () => Promise<void> }).ready?.();
    return app;
  }

  async function ask(app: INestApplication<Server>, content: string) {
    const server = app.getHttpServer();
    const created = await request(server).post('/sessions').expect(201);
    const path = created.headers.location ?? '';
    await request(server).post(`${path}/messages`).send({ content }).expect(202);
    const settled = await request(server).get(`${path}?wait=true`).expect(200);
    return (settled.body as Session).response?.content;
  }

  it('need no port: app.init() is sufficient, and nothing stays open after repeated starts', async () => {
    for (let round = 0; round < 3; round++) {
      const app = await appOf(Test.createTestingModule({ imports: imports() }));
      expect(await ask(app, 'hi')).toBe('You said: hi');
      await app.close();
    }
  });

  it('may close the app at once, listening or not, initialised or not', async () => {
    await (await appOf(Test.createTestingModule({ imports: imports() }))).close();

    const listening = await NestFactory.create(
      { module: WorkerHost, imports: imports() },
      createAdapter(stack.adapter),
      {
        logger: false,
      },
    );
    await listening.listen(0, '127.0.0.1');
    await listening.close();

    const compiled = await Test.createTestingModule({ imports: imports() }).compile();
    await compiled.close();
  });

  // The adapter plays no part in the others.
  if (stack.adapter !== 'express') return;

  it('may override the agent or its dependencies', async () => {
    const agent: Agent = { runTurn: () => 'as configured' };
    const one = await appOf(
      Test.createTestingModule({ imports: imports() }).overrideProvider(SupportAgent).useValue(agent),
    );
    expect(await ask(one, 'hi')).toBe('as configured');
    await one.close();
    const other = await appOf(
      Test.createTestingModule({ imports: imports() })
        .overrideProvider(Answers)
        .useValue({ greeting: 'Heard: ' }),
    );
    expect(await ask(other, 'hi')).toBe('Heard: hi');
    await other.close();
  });

  it('may override the service', async () => {
    const sessions = { create: () => Promise.resolve({ session_id: 'made up' }) };
    const app = await appOf(
      Test.createTestingModule({ imports: imports() }).overrideProvider(SessionsService).useValue(sessions),
    );
    const created = await request(app.getHttpServer()).post('/sessions').expect(201);
    expect(created.body).toEqual({ session_id: 'made up' });
    await app.close();
  });

  it('may run without HTTP, as a worker does', async () => {
    const options = { imports: imports() };
    const context: INestApplicationContext = await NestFactory.createApplicationContext(
      { module: WorkerHost, ...options },
      { logger: false, abortOnError: false },
    );
    const sessions = context.get(SessionsService, { strict: false });
    const { session_id } = await sessions.create();
    await sessions.send(session_id, { content: 'hi' });
    expect((await sessions.get(session_id, { wait: true })).response?.content).toBe('You said: hi');
    await context.close();
  });

  it('fail for two modules with one name also without HTTP', async () => {
    const name = uniqueName();
    const twice = [
      ...imports({ name, path: 'one' }),
      SessionsModule.forRoot({ agent: () => '', queue: stack.queue, name }),
    ];
    const builder = await Test.createTestingModule({ imports: twice }).compile();
    await expect(builder.init()).rejects.toThrow('"name"');
    await builder.close();
  });
});

describe('the test of the guide', () => {
  it('runs without any server', async () => {
    const testing = await Test.createTestingModule({
      imports: [
        TypeOrmModule.forRoot({
          type: 'better-sqlite3',
          database: ':memory:',
          entities,
          migrations,
          migrationsRun: true,
        }),
        SessionsModule.forRoot({ agent: () => 'Hello', queue: 'in-process', shutdownTimeout: 0 }),
      ],
    }).compile();
    const app = testing.createNestApplication();
    await app.init();

    const sessions = app.get(SessionsService, { strict: false });
    const { session_id } = await sessions.create();
    await sessions.send(session_id, { content: 'Hi' });
    const { response } = await sessions.get(session_id, { wait: true });
    expect(response?.content).toBe('Hello');

    await app.close();
  });
});
