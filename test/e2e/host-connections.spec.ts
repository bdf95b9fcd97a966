import { afterEach, describe, expect, it } from '@jest/globals';
import { BullModule } from '@nestjs/bull';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';

import { entities, migrations, SessionsModule } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { freePort } from '../support/ports.js';
import {
  connections,
  postgresBull,
  type Backend,
  type StackDatabase,
  backends,
  startHost,
  uniqueName,
} from '../support/stacks.js';
import { redisUrl } from '../support/urls.js';

@Module({})
class ConnectedHost {}

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function start(...imports: DynamicModule[]): Promise<INestApplication> {
  const app = await startHost({ adapter: 'express' }, { module: ConnectedHost, imports });
  cleanUp.push(() => app.close());
  return app;
}

async function ask(app: INestApplication, content: string): Promise<string | null | undefined> {
  const client = new SessionsClient(await app.getUrl());
  return (await client.ask(await client.newSession(), content)).response?.content;
}

const agent = ({ message }: { message: { content: string | null } }) => `You said: ${message.content ?? ''}`;

/** Redis, if the queue needs it. */
const redisOf = ({ queue }: Backend): DynamicModule[] =>
  queue === 'bull' ? [BullModule.forRoot({ redis: redisUrl() })] : [];

describe.each(backends)('the host’s data sources on $name', (backend) => {
  async function database(): Promise<StackDatabase> {
    const made = await backend.createDatabase();
    cleanUp.push(made.remove);
    return made;
  }

  const tablesOf = async (dataSource: DataSource) => {
    const runner = dataSource.createQueryRunner();
    const { length } = await runner.getTables(['agent_session']);
    await runner.release();
    return length;
  };

  it('may be several: the module uses the one named by `dataSource`', async () => {
    const [main, conversations] = [await database(), await database()];
    const app = await start(
      TypeOrmModule.forRoot({ ...main.options, retryAttempts: 0 }),
      TypeOrmModule.forRoot({
        ...conversations.options,
        name: 'conversations',
        entities,
        migrations,
        migrationsRun: true,
        retryAttempts: 0,
      }),
      ...redisOf(backend),
      SessionsModule.forRoot({
        agent,
        queue: backend.queue,
        name: uniqueName(),
        dataSource: 'conversations',
      }),
    );
    expect(await ask(app, 'hello')).toBe('You said: hello');
    expect(await tablesOf(app.get(DataSource))).toBe(0);
    expect(await tablesOf(app.get<DataSource>(getDataSourceToken('conversations')))).toBe(1);
  });

  it('may load entities automatically, those of the module included', async () => {
    const main = await database();
    const app = await start(
      TypeOrmModule.forRoot({
        ...main.options,
        autoLoadEntities: true,
        migrations,
        migrationsRun: true,
        retryAttempts: 0,
      }),
      ...redisOf(backend),
      SessionsModule.forRoot({ agent, queue: backend.queue, name: uniqueName() }),
    );
    expect(await ask(app, 'hello')).toBe('You said: hello');
  });
});

describe('the host’s Bull configurations', () => {
  const sessions = (name: string) => SessionsModule.forRoot({ agent, name, bullConfigKey: 'agents' });

  async function keysOf(prefix: string): Promise<string[]> {
    const redis = new Redis(redisUrl());
    cleanUp.push(() => redis.quit());
    return await redis.keys(`${prefix}:*`);
  }

  it('may be several: the module uses the one named by `bullConfigKey`, with its prefix', async () => {
    const main = await postgresBull.createDatabase();
    cleanUp.push(main.remove);
    const name = uniqueName();
    const nowhere = `redis://127.0.0.1:${await freePort()}`;
    const app = await start(
      ...connections(postgresBull, main).slice(0, 1),
      BullModule.forRoot({ redis: nowhere }),
      BullModule.forRoot('agents', { redis: redisUrl(), prefix: `prefix-of-${name}` }),
      sessions(name),
    );
    expect(await ask(app, 'hello')).toBe('You said: hello');
    expect(await keysOf(`prefix-of-${name}`)).not.toEqual([]);
  });

  it('must include the one that is named', async () => {
    const main = await postgresBull.createDatabase();
    cleanUp.push(main.remove);
    await expect(start(...connections(postgresBull, main), sessions(uniqueName()))).rejects.toThrow(
      'Configuration "BULL_CONFIG(agents)"',
    );
  });
});
