import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BullModule } from '@nestjs/bull';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';

import {
  entities,
  InjectSessionsHealth,
  migrations,
  SessionsHealthIndicator,
  SessionsModule,
} from '../../src/index.js';
import { RedisServer } from '../support/redis.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import {
  connections,
  expressStacks,
  postgresBull,
  type StackDatabase,
  startApp,
  startHost,
  type TestApp,
  uniqueName,
} from '../support/stacks.js';

@Controller('ready')
class ReadyController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly sessions: SessionsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.sessions.isHealthy('agent_sessions')]);
  }
}

@Module({})
class HostModule {}

const terminus = TerminusModule.forRoot({ logger: false });

async function ask(url: string) {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

describe.each(expressStacks)('the health indicator for terminus on $name', (stack) => {
  const agent = new ScriptedAgent();
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp(stack, {
      agent,
      concurrency: 4,
      host: { imports: [terminus], controllers: [ReadyController] },
    });
  });
  afterEach(() => app.close());

  it('is up, with the figures of this process', async () => {
    const held = agent.holds();
    await app.client.newSession();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    await held.started;
    expect(await ask(`${app.url}/ready`)).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        info: {
          agent_sessions: { status: 'up', max_workers: 4, running_workers: 1, total_sessions: 2 },
        },
      },
    });
    held.answer('');
    await app.client.settled(id);
  });

  it('is down while the database is down', async () => {
    await app.dataSource.destroy();
    expect(await ask(`${app.url}/ready`)).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        info: {},
        error: { agent_sessions: { status: 'down', max_workers: 4, total_sessions: null } },
      },
    });
  });
});

describe('the health indicator without Redis', () => {
  it('is up with redis: down, because nothing is lost', async () => {
    const redis = await RedisServer.create();
    await redis.start();
    const database = await postgresBull.createDatabase();
    const app = await startHost(
      { adapter: 'express' },
      {
        module: HostModule,
        controllers: [ReadyController],
        imports: [
          terminus,
          TypeOrmModule.forRoot({ ...database.options, entities, migrations, migrationsRun: true }),
          BullModule.forRoot({ redis: redis.url }),
          SessionsModule.forRoot({ agent: () => '', name: uniqueName() }),
        ],
      },
    );
    try {
      const url = `${await app.getUrl()}/ready`;
      expect((await ask(url)).body).not.toHaveProperty('info.agent_sessions.redis');
      await redis.stop();
      expect(await ask(url)).toMatchObject({
        status: 200,
        body: { status: 'ok', info: { agent_sessions: { status: 'up', redis: 'down', total_sessions: 0 } } },
      });
    } finally {
      await app.close();
      await redis.stop();
      await database.remove();
    }
  });
});

describe.each(expressStacks)('the health indicators of two modules on $name', (stack) => {
  const names = { sales: uniqueName(), support: uniqueName() };
  let database: StackDatabase;
  let app: INestApplication;

  @Controller('ready')
  class BothController {
    constructor(
      private readonly health: HealthCheckService,
      @InjectSessionsHealth(names.sales) private readonly sales: SessionsHealthIndicator,
      @InjectSessionsHealth(names.support) private readonly support: SessionsHealthIndicator,
    ) {}

    @Get()
    check() {
      return this.health.check([
        () => this.sales.isHealthy('sales'),
        () => this.support.isHealthy('support'),
      ]);
    }
  }

  const sessions = (name: string, path: string, concurrency: number) =>
    SessionsModule.forRoot({ agent: () => '', queue: stack.queue, name, path, concurrency });

  beforeEach(async () => {
    database = await stack.createDatabase();
    app = await startHost(stack, {
      module: HostModule,
      controllers: [BothController],
      imports: [
        ...connections(stack, database),
        terminus,
        sessions(names.sales, 'sales', 3),
        sessions(names.support, 'support', 7),
      ],
    });
  });
  afterEach(async () => {
    await app.close();
    await database.remove();
  });

  it('are injected by the names of their modules', async () => {
    expect(await ask(`${await app.getUrl()}/ready`)).toMatchObject({
      status: 200,
      body: {
        info: {
          sales: { status: 'up', max_workers: 3 },
          support: { status: 'up', max_workers: 7 },
        },
      },
    });
  });
});
