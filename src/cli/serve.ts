import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import type { AgentProvider } from '../agents/agent-provider.js';
import { SessionsModule } from '../sessions.module.js';
import type { WebhookOptions } from '../sessions.options.js';
import { serveApiDocument } from './api-document.js';
import { useApiKey } from './api-key.js';
import { armFailpointFromEnvironment } from './armed-failpoint.js';
import { useDecodablePaths } from './decodable-paths.js';
import { useJsonBodies } from './json-bodies.js';
import { checkAddress, isLoopback, listen } from './listen.js';
import { loadIsolatableAgent } from './isolatable-agent.js';
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
  const logger = new ServerLogger(options.logLevel);
  Logger.overrideLogger(logger);
  const agent = await loadIsolatableAgent(agentFile, options.logLevel);
  await checkAddress(options);
  if (options.redis) await checkRedis(redisSettings(options.redis));
  const dataSource = await openDatabase(options.database);
  const app = await NestFactory.create<NestExpressApplication>(serverModule(agent, dataSource, options), {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  useDecodablePaths(app);
  if (options.apiKey) useApiKey(app, options.apiKey);
  if (options.role !== 'worker') {
    useJsonBodies(app);
    serveApiDocument(app, options.apiKey !== undefined);
  }
  await listen(app, options);
  stopOnSignals(app, options.shutdownTimeout * 1000);
}

/** A server that only this machine reaches may call it back; any other only where it is told so. */
function webhookOptions({ host, webhookSecret, allowPrivateWebhooks = false }: StartOptions): WebhookOptions {
  const allowPrivateAddresses = allowPrivateWebhooks || isLoopback(host);
  if (allowPrivateAddresses) {
    const reason = allowPrivateWebhooks ? '--allow-private-webhooks' : `the server listens on ${host} only`;
    new Logger('Server').log(`Webhooks may go to private addresses: ${reason}`);
  }
  return { allowPrivateAddresses, secrets: webhookSecret === undefined ? [] : [webhookSecret] };
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
        webhooks: webhookOptions(options),
      }),
    ],
  };
}
