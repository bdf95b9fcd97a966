// A host application whose agent takes as long as the message says, in ms.
import 'reflect-metadata';

import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { setTimeout as delay } from 'node:timers/promises';

import { entities, migrations, SessionsModule } from '../../dist/esm/index.js';

const [, , adapter, port, database] = process.argv;

class Host {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database, entities, migrations, migrationsRun: true }),
    SessionsModule.forRoot({
      agent: async ({ message, attempt, signal }) => {
        await delay(Number(message.content), undefined, { signal });
        return `attempt ${attempt} of ${process.pid}`;
      },
      queue: 'in-process',
      health: true,
    }),
  ],
})(Host);

const app = await NestFactory.create(
  Host,
  adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
  { logger: ['log', 'warn', 'error'] },
);
app.enableShutdownHooks();
await app.listen(Number(port), '127.0.0.1');
