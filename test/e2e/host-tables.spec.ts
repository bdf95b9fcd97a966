import { afterEach, describe, expect, it } from '@jest/globals';
import { BullModule } from '@nestjs/bull';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

import { entities, migrations, SessionsModule } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { expressStacks, startHost, uniqueName } from '../support/stacks.js';
import { redisUrl } from '../support/urls.js';

@Module({})
class HostModule {}

@Injectable()
class RunsMigrationsAtInit implements OnModuleInit {
  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    await this.dataSource.runMigrations();
  }
}

describe.each(expressStacks)('the tables in a host on $name', (stack) => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  /** Starts a host whose data source has these options; returns the view of an ordinary client. */
  async function start(
    typeorm: Partial<TypeOrmModuleOptions>,
    providers: (typeof RunsMigrationsAtInit)[] = [],
  ): Promise<void> {
    const database = await stack.createDatabase();
    cleanUp.push(database.remove);
    const dataSource = 'name' in typeorm ? typeorm.name : undefined;
    const app = await startHost(stack, {
      module: HostModule,
      imports: [
        TypeOrmModule.forRoot({ ...database.options, retryAttempts: 0, ...typeorm } as TypeOrmModuleOptions),
        ...(stack.queue === 'bull' ? [BullModule.forRoot({ redis: redisUrl() })] : []),
        SessionsModule.forRoot({
          agent: () => 'hello',
          name: uniqueName(),
          queue: stack.queue,
          shutdownTimeout: 0,
          dataSource,
        }),
      ],
      providers,
    });
    cleanUp.push(() => app.close());
    const client = new SessionsClient(await app.getUrl());
    const id = await client.newSession();
    expect(await client.ask(id, 'hi')).toMatchObject({ response: { content: 'hello' } });
    expect((await client.messages(id)).body).toHaveLength(2);
  }

  it.each([
    ['entities that load themselves', { autoLoadEntities: true, migrations, migrationsRun: true }],
    ['listed entities', { entities, migrations, migrationsRun: true }],
    ['a schema that TypeORM makes by itself', { autoLoadEntities: true, synchronize: true }],
    [
      'a data source with a name',
      { name: 'agents', autoLoadEntities: true, migrations, migrationsRun: true },
    ],
  ])('are found with %s', async (_how, typeorm) => {
    await start(typeorm);
  });

  it('may be created by the host while it starts', async () => {
    await start({ autoLoadEntities: true, migrations }, [RunsMigrationsAtInit]);
  });

  it('prevent the start if the data source does not have the entities', async () => {
    await expect(start({ migrations, migrationsRun: true })).rejects.toThrow(
      'SessionsModule: the data source "default" does not know the module\'s entities: ' +
        'set `autoLoadEntities: true`, or add the exported `entities` to its own',
    );
  });

  it('prevent the start if they are missing', async () => {
    await expect(start({ autoLoadEntities: true, name: 'agents' })).rejects.toThrow(
      'SessionsModule: the tables in the data source "agents" are missing or not up to date: ' +
        'run the exported `migrations`',
    );
  });

  it('prevent the start if later migrations have not run', async () => {
    const first = migrations.slice(0, 1);
    await expect(start({ autoLoadEntities: true, migrations: first, migrationsRun: true })).rejects.toThrow(
      'are missing or not up to date',
    );
  });

  it('may have columns that this version does not use', async () => {
    class Later1999999999999 implements MigrationInterface {
      readonly name = 'Later1999999999999';
      async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query('ALTER TABLE agent_turn ADD COLUMN later text');
      }
      async down(): Promise<void> {
        // Migrations are never reverted here.
      }
    }
    await start({
      autoLoadEntities: true,
      migrations: [...migrations, Later1999999999999],
      migrationsRun: true,
    });
  });
});
