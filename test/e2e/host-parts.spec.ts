import { describe, expect, it } from '@jest/globals';
import { Module, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { entities, migrations, SessionsModule, SessionsOptionsError } from '../../src/index.js';
import { sqliteInMemory, startApp, startHost } from '../support/stacks.js';

@Module({})
class HostModule {}

const agent = () => 'hello';
const typeorm = (name?: string) =>
  TypeOrmModule.forRoot({
    ...{ type: 'better-sqlite3', database: ':memory:', entities, migrations, migrationsRun: true },
    ...(name === undefined ? {} : { name }),
    retryAttempts: 0,
  });

describe('a host that lacks a part', () => {
  const failure = async (imports: ModuleMetadata['imports']): Promise<unknown> => {
    try {
      const app = await startHost({ adapter: 'express' }, { module: HostModule, imports });
      await app.close();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it.each([
    ['whose settings are known', SessionsModule.forRoot({ agent })],
    ['whose settings come from a factory', SessionsModule.forRootAsync({ agent, useFactory: () => ({}) })],
  ])(
    'does not start without BullModule.forRoot and a queue, %s, and both remedies are named',
    async (_how, module) => {
      const error = await failure([typeorm(), module]);
      expect(error).toBeInstanceOf(SessionsOptionsError);
      expect((error as Error).message).toMatch(
        /^SessionsModule option "queue" is "bull", the default, .*BullModule\.forRoot\(.* queue: "in-process"$/,
      );
    },
  );

  it('starts without BullModule.forRoot if the queue is in process', async () => {
    expect(
      await failure([typeorm(), SessionsModule.forRoot({ agent, queue: 'in-process' })]),
    ).toBeUndefined();
  });

  it('does not start without TypeOrmModule.forRoot, which is named', async () => {
    const module = SessionsModule.forRoot({ agent, queue: 'in-process' });
    expect(String(await failure([module]))).toContain(
      'SessionsModule option "dataSource" is not set, and the application has no TypeOrmModule.forRoot(',
    );
    const named = SessionsModule.forRoot({ agent, queue: 'in-process', dataSource: 'agents' });
    expect(String(await failure([typeorm(), named]))).toContain(
      'TypeOrmModule.forRoot({ name: "agents", … })',
    );
    expect(await failure([typeorm('agents'), named])).toBeUndefined();
  });

  it('fails with the error of a data source that cannot be opened', async () => {
    const broken = TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: '/dev/null/sessions.sqlite',
      retryAttempts: 0,
    });
    const error = await failure([broken, SessionsModule.forRoot({ agent, queue: 'in-process' })]);
    expect(String(error)).toMatch(/\/dev\/null/);
  });
});

describe('a call within a transaction on SQLite that has no manager', () => {
  it('asks whether it was forgotten', async () => {
    const app = await startApp({ ...sqliteInMemory, adapter: 'express' }, { agent });
    try {
      const id = await app.client.newSession();
      const sent = app.dataSource.transaction(() => app.sessions.send(id, { content: 'hi' }));
      await expect(sent).rejects.toMatchObject({
        message: expect.stringContaining('was `manager` forgotten?'),
        code: 'try_again',
      });
    } finally {
      await app.close();
    }
  });
});
