// `agent-sessions start` with two additional options, the lease and the number of attempts, and with a host's own
// data. Everything else is the command line's.
import 'reflect-metadata';

import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { parseArgs } from 'node:util';

import { armFailpointFromEnvironment } from '../../dist/esm/cli/server/armed-failpoint.js';
import { isolatable } from '../../dist/esm/cli/server/isolatable-agent.js';
import { loadAgent } from '../../dist/esm/cli/server/load-agent.js';
import { openDatabase } from '../../dist/esm/cli/server/open-database.js';
import { redisSettings } from '../../dist/esm/cli/server/redis-settings.js';
import { createLogger } from '../../dist/esm/cli/server/server-logger.js';
import { stopOnSignals } from '../../dist/esm/cli/server/stop-on-signals.js';
import { SessionsModule } from '../../dist/esm/index.js';
import { takeOrders } from './orders.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string' },
    database: { type: 'string' },
    redis: { type: 'string' },
    role: { type: 'string', default: 'all' },
    workers: { type: 'string', default: '10' },
    lease: { type: 'string', default: '15' },
    'max-attempts': { type: 'string', default: '3' },
    'shutdown-timeout': { type: 'string', default: '30' },
    'log-level': { type: 'string', default: 'info' },
    'no-migrations': { type: 'boolean', default: false },
  },
});

const milliseconds = (seconds) => Number(seconds) * 1000;

armFailpointFromEnvironment(process.env.AGENT_SESSIONS_FAILPOINT);
const agent = isolatable(await loadAgent(positionals[0]), positionals[0], {
  logLevel: options['log-level'],
  logFormat: 'text',
});
const dataSource = await openDatabase({ database: options.database, migrations: !options['no-migrations'] });

class ServerModule {}
Module({
  imports: [
    TypeOrmModule.forRootAsync({
      useFactory: () => dataSource.options,
      dataSourceFactory: () => Promise.resolve(dataSource),
    }),
    ...(options.redis ? [await bullWith(redisSettings(options.redis))] : []),
    SessionsModule.forRoot({
      agent,
      queue: options.redis ? 'bull' : 'in-process',
      role: options.role,
      health: true,
      concurrency: Number(options.workers),
      lease: milliseconds(options.lease),
      maxAttempts: Number(options['max-attempts']),
      shutdownTimeout: milliseconds(options['shutdown-timeout']),
    }),
  ],
})(ServerModule);

const app = await NestFactory.create(ServerModule, {
  logger: createLogger({ logLevel: options['log-level'], logFormat: 'text' }),
  abortOnError: false,
});
await takeOrders(app, dataSource);
app.getHttpAdapter().post('/failpoints/:name', ({ params }, response) => {
  armFailpointFromEnvironment(params.name);
  response.status(201).json({});
});
await app.listen(Number(options.port), '127.0.0.1');
stopOnSignals(app, milliseconds(options['shutdown-timeout']));

/** Loaded only where it is used, because that takes a quarter of a start. */
async function bullWith(redis) {
  const { BullModule } = await import('@nestjs/bull');
  return BullModule.forRoot({ redis });
}
