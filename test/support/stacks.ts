import { afterAll, beforeAll } from '@jest/globals';
import { BullModule } from '@nestjs/bull';
import { type DynamicModule, type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';

import {
  entities,
  migrations,
  SessionsModule,
  type SessionsModuleOptions,
  type SessionsQueue,
  SessionsService,
} from '../../src/index.js';
import { SessionsClient } from './client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { temporaryFolder } from './folders.js';
import { createMigratedDatabase, migratedSqliteFile } from './migrated-databases.js';
import { redisUrl } from './urls.js';

/** Nest's HTTP adapters. */
export type Adapter = 'express' | 'fastify';

/** A database and a queue. */
export interface Backend {
  name: string;
  queue: SessionsQueue;
  /** An empty one. */
  createDatabase: () => Promise<StackDatabase>;
  /** One with the tables. */
  createMigratedDatabase: () => Promise<StackDatabase>;
}

/** A backend with an HTTP adapter. */
export interface Stack extends Backend {
  adapter: Adapter;
}

/** A database for one test. */
export interface StackDatabase {
  options: DataSourceOptions;
  remove: () => Promise<void>;
}

export const sqliteInProcess: Backend = {
  name: 'sqlite + in-process',
  queue: 'in-process',
  createDatabase: () => sqliteFile(),
  createMigratedDatabase: async () => sqliteFile(await migratedSqliteFile()),
};

async function sqliteFile(content?: Buffer): Promise<StackDatabase> {
  const folder = await temporaryFolder();
  const database = join(folder.path, 'test.sqlite');
  if (content) await writeFile(database, content);
  return {
    options: { type: 'better-sqlite3', database, enableWAL: true },
    remove: () => folder.remove(),
  };
}

/** A database that is fast and gone with its connection. */
export const sqliteInMemory: Backend = {
  name: 'sqlite in memory + in-process',
  queue: 'in-process',
  createDatabase: inMemory,
  // An application creates the tables itself, because there is no database before it connects.
  createMigratedDatabase: inMemory,
};

function inMemory(): Promise<StackDatabase> {
  return Promise.resolve({
    options: { type: 'better-sqlite3', database: ':memory:' },
    remove: () => Promise.resolve(),
  });
}

export const postgresBull: Backend = {
  name: 'postgres + bull',
  queue: 'bull',
  createDatabase: async () => onPostgres(await createTestDatabase()),
  createMigratedDatabase: async () => onPostgres(await createMigratedDatabase()),
};

function onPostgres(database: TestDatabase): StackDatabase {
  return { options: { type: 'postgres', url: database.url }, remove: () => database.drop() };
}

/** For `describe.each`, where HTTP plays no part. */
export const backends: Backend[] = [sqliteInProcess, postgresBull];

const adapters: Adapter[] = ['express', 'fastify'];

/** For `describe.each`: every backend under every adapter. */
export const stacks: Stack[] = backends.flatMap((backend) => adapters.map((adapter) => on(backend, adapter)));

/** For `describe.each`, where backend and adapter play a part, but not how they are combined: each of them once. */
export const mixedStacks: Stack[] = [on(sqliteInProcess, 'express'), on(postgresBull, 'fastify')];

/** For `describe.each`: every backend, where the HTTP adapter plays no part. */
export const expressStacks: Stack[] = stacks.filter(({ adapter }) => adapter === 'express');

/** For `describe.each`, where the database and the queue play no part. */
export const sqliteStacks: Stack[] = stacks.filter(({ queue }) => queue === 'in-process');

function on(backend: Backend, adapter: Adapter): Stack {
  return { ...backend, adapter, name: `${backend.name} + ${adapter}` };
}

/** A new HTTP adapter of Nest. */
export function createAdapter(adapter: Adapter): AbstractHttpAdapter {
  return adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
}

export interface AppOptions extends SessionsModuleOptions {
  /** The host's own module metadata, besides the sessions module. */
  host?: Pick<ModuleMetadata, 'imports' | 'providers' | 'controllers'>;
  /** Configures the host before it listens, for example pipes or a prefix. */
  configure?: (app: INestApplication) => void;
  /** The path of the routes below the server's address. */
  base?: string;
  /** Headers that the client sends with every request. */
  headers?: Record<string, string>;
  /** A database that the caller removes; by default the app creates its own. */
  database?: StackDatabase;
  /** Data source options that differ from running the migrations at start. */
  typeorm?: Pick<DataSourceOptions, 'migrations' | 'migrationsRun'>;
}

/** A listening host application. */
export interface TestApp {
  app: INestApplication;
  url: string;
  client: SessionsClient;
  sessions: SessionsService;
  dataSource: DataSource;
  close: () => Promise<void>;
}

@Module({})
class HostModule {}

/** Starts a host with one sessions module, with a unique name because Redis is shared. */
export async function startApp(stack: Stack, options: AppOptions): Promise<TestApp> {
  const { host = {}, configure, base = '', headers, database: given, typeorm, ...sessions } = options;
  const database = given ?? (await stack.createMigratedDatabase());
  const app = await startHost(
    stack,
    {
      module: HostModule,
      ...host,
      imports: [
        ...connections(stack, database, typeorm),
        ...(host.imports ?? []),
        SessionsModule.forRoot({ name: uniqueName(), queue: stack.queue, shutdownTimeout: 0, ...sessions }),
      ],
    },
    configure,
  );
  const url = await app.getUrl();
  return {
    app,
    url,
    client: new SessionsClient(url + base, headers),
    sessions: app.get(SessionsService, { strict: false }),
    dataSource: app.get(DataSource),
    close: async () => {
      await app.close();
      if (!given) await database.remove();
    },
  };
}

/** Imports that the module needs: a data source with its tables, and Redis if the queue needs it. */
export function connections(
  stack: Backend,
  database: StackDatabase,
  typeorm: AppOptions['typeorm'] = {},
): DynamicModule[] {
  return [
    TypeOrmModule.forRoot({
      ...database.options,
      entities,
      migrations,
      migrationsRun: true,
      retryAttempts: 0,
      ...typeorm,
    }),
    ...(stack.queue === 'bull' ? [BullModule.forRoot({ redis: redisUrl() })] : []),
  ];
}

/** Starts a host that listens on a free port. */
export async function startHost(
  { adapter }: Pick<Stack, 'adapter'>,
  module: DynamicModule,
  configure?: (app: INestApplication) => void,
): Promise<INestApplication> {
  const app = await NestFactory.create(module, createAdapter(adapter), {
    logger: false,
    abortOnError: false,
  });
  configure?.(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

/** A module name that is unique in this Redis. */
export function uniqueName(): string {
  return `test-${randomUUID()}`;
}

/** One app for all tests of a `describe`; its fields are set before the tests run. */
export function useApp(stack: Stack, options: AppOptions): TestApp {
  const running = {} as TestApp;
  beforeAll(async () => {
    Object.assign(running, await startApp(stack, options));
  });
  afterAll(async () => {
    await running.close();
  });
  return running;
}
