import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import type { DataSource } from 'typeorm';

import { SessionsModule } from '../sessions.module.js';
import type { AgentProvider } from '../sessions.options.js';
import { serveApiDocument } from './api-document.js';
import { armFailpointFromEnvironment } from './armed-failpoint.js';
import { CommandFailure, oneLine } from './failure.js';
import { useApiKey, useJsonBodies } from './http-edge.js';
import { loadAgent } from './load-agent.js';
import { openDatabase } from './open-database.js';
import { checkRedis, redisSettings } from './redis-settings.js';
import { ServerLogger } from './server-logger.js';
import type { StartOptions } from './start-options.js';
import { stopOnSignals } from './stop-on-signals.js';

/** The standalone server, as a Nest application. */
@Module({})
class ServerModule {}

/** Serves an agent until the process is told to stop. Throws a CommandFailure if it cannot begin. */
export async function serve(agentFile: string, options: StartOptions): Promise<void> {
  armFailpointFromEnvironment(process.env.AGENT_SESSIONS_FAILPOINT);
  const agent = await loadAgent(agentFile);
  if (options.redis) await checkRedis(redisSettings(options.redis));
  const dataSource = await openDatabase(options.database);
  const app = await NestFactory.create<NestExpressApplication>(serverModule(agent, dataSource, options), {
    logger: new ServerLogger(options.logLevel),
    bodyParser: false,
    abortOnError: false,
  });
  if (options.apiKey) useApiKey(app, options.apiKey);
  useJsonBodies(app);
  serveApiDocument(app, packageVersion(), options.apiKey !== undefined);
  await listen(app, options);
  stopOnSignals(app, options.shutdownTimeout * 1000);
}

function serverModule(agent: AgentProvider, dataSource: DataSource, options: StartOptions): DynamicModule {
  const limit = (value: number) => (value === 0 ? undefined : value);
  const milliseconds = (value: number) => limit(value * 1000);
  return {
    module: ServerModule,
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: () => Promise.resolve(dataSource),
      }),
      ...(options.redis ? [BullModule.forRoot({ redis: redisSettings(options.redis) })] : []),
      SessionsModule.forRoot({
        agent,
        queue: options.redis ? 'bull' : 'in-process',
        role: options.role,
        health: true,
        concurrency: options.workers,
        sessionTtl: milliseconds(options.ttl),
        turnTimeout: milliseconds(options.timeout),
        maxSessions: limit(options.maxSessions),
        shutdownTimeout: options.shutdownTimeout * 1000,
        allowCustomIds: options.allowCustomIds,
      }),
    ],
  };
}

async function listen(
  app: NestExpressApplication,
  { host, port, role, apiKey }: StartOptions,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw new CommandFailure(
      inUse
        ? `Port ${port} of ${host} is in use; choose another with --port`
        : `Cannot listen: ${oneLine(error)}`,
    );
  }
  const logger = new Logger('Server');
  const url = await app.getUrl();
  if (!isLoopback(host) && !apiKey) {
    logger.warn(`Anybody who reaches ${host} may use this server: no --api-key is set`);
  }
  logger.log(role === 'worker' ? `Running turns; health at ${url}/health` : `Listening on ${url}`);
  if (role !== 'worker') logger.log(`Swagger UI is at ${url}/docs`);
  keepConnectionsAlive(app.getHttpServer());
}

/** Longer than clients and proxies keep idle connections, so that it is they who close them. */
function keepConnectionsAlive(server: Server): void {
  server.keepAliveTimeout = 75_000;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
