// A host application with only the module: without its own handlers for signals or uncaught errors, so that an
// uncaught error of the module ends the process.
import 'reflect-metadata';

import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { parseArgs } from 'node:util';

import { redisSettings } from '../../dist/esm/cli/server/redis-settings.js';
import { entities, migrations, SessionsModule } from '../../dist/esm/index.js';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    database: { type: 'string', default: ':memory:' },
    redis: { type: 'string' },
    role: { type: 'string', default: 'all' },
  },
});

class Host {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      ...(options.database === ':memory:'
        ? { type: 'better-sqlite3', database: ':memory:' }
        : { type: 'postgres', url: options.database }),
      entities,
      migrations,
      migrationsRun: true,
    }),
    BullModule.forRoot({ redis: redisSettings(options.redis) }),
    SessionsModule.forRoot({
      agent: ({ message }) => `You said: ${message.content}`,
      role: options.role,
      health: true,
      shutdownTimeout: 1_000,
    }),
  ],
})(Host);

const app = await NestFactory.create(Host, { abortOnError: false });
app.enableShutdownHooks();
await app.listen(Number(options.port), '127.0.0.1');
