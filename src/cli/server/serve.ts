import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import type { AgentProvider } from '../../agents/agent-provider.js';
import { Facts } from '../../facts/facts.js';
import { SessionsModule } from '../../module/sessions.module.js';
import type { WebhookOptions } from '../../options/webhook-options.js';
import { serveApiDocument } from './api-document.js';
import { useApiKey } from './api-key.js';
import { armFailpointFromEnvironment } from './armed-failpoint.js';
import { contained } from './contained-agent.js';
import { useCors } from './cors.js';
import { useDecodablePaths } from './decodable-paths.js';
import { isolatable } from './isolatable-agent.js';
import { useJsonBodies } from './json-bodies.js';
import { checkAddress, isLoopback, listen } from './listen.js';
import { loadAgent } from './load-agent.js';
import { missingPackage } from './missing-package.js';
import { openDatabase } from './open-database.js';
import { checkRedis, redisSettings } from './redis-settings.js';
import { serveConsole } from './serve-console.js';
import { createLogger, isLogged } from './server-logger.js';
import type { StartOptions } from './start-options.js';
import { stopOnSignals } from './stop-on-signals.js';
import { logTurns } from './turn-log.js';

/** The standalone server, as a Nest application. */
@Module({})
class ServerModule {}

/**
 * Serves an agent until a signal ends the process. Throws a CommandFailure if it cannot start. Calls `onReady` as
 * soon as turns may run; from then on a signal causes an orderly shutdown.
 */
export async function serve(agentFile: string, options: StartOptions, onReady: () => void): Promise<void> {
  armFailpointFromEnvironment(process.env.AGENT_SESSIONS_FAILPOINT);
  const logger = createLogger(options);
  Logger.overrideLogger(logger);
  const agent = isolatable(contained(await loadAgent(agentFile)), agentFile, options);
  await checkAddress(options);
  if (options.redis) await checkRedis(redisSettings(options.redis));
  const redis = options.redis === undefined ? [] : [await bullOn(options.redis)];
  const dataSource = await openDatabase(options);
  const module = serverModule(agent, dataSource, options, redis);
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  useDecodablePaths(app);
  // Before the API key check, because browsers send preflight requests without the key.
  if (options.cors ?? options.corsLoopback) useCors(app, options.cors ?? [], options.corsLoopback);
  if (options.apiKey) useApiKey(app, options.apiKey, { hasConsole: options.role !== 'worker' });
  if (options.role !== 'worker') {
    useJsonBodies(app);
    serveConsole(app);
    serveApiDocument(app, options.apiKey !== undefined);
  }
  if (isLogged('info', options.logLevel)) logTurns(app.get(Facts, { strict: false }), logger);
  // Turns start here; their errors must not be reported as errors of the address.
  await app.init();
  onReady();
  const stopping = stopOnSignals(app, options.shutdownTimeout * 1000);
  try {
    await listen(app, options);
  } catch (error) {
    // The process shuts down in order nevertheless.
    if (!stopping.hasBegun) throw error;
  }
}

/** Private addresses are allowed by default only on a loopback host, which only this machine can reach. */
function webhookOptions({ host, webhookSecret, allowPrivateWebhooks = false }: StartOptions): WebhookOptions {
  const allowPrivateAddresses = allowPrivateWebhooks || isLoopback(host);
  if (allowPrivateAddresses) {
    const reason = allowPrivateWebhooks ? '--allow-private-webhooks' : `the server listens on ${host} only`;
    new Logger('Server').log(`Webhooks to private addresses are allowed: ${reason}`);
  }
  return { allowPrivateAddresses, secrets: webhookSecret === undefined ? [] : [webhookSecret] };
}

/** Bull is loaded only if there is a Redis for it. */
async function bullOn(url: string): Promise<DynamicModule> {
  const { BullModule } = await import('@nestjs/bull').catch((error: unknown) => {
    throw missingPackage(error);
  });
  return BullModule.forRoot({ redis: redisSettings(url) });
}

function serverModule(
  agent: AgentProvider,
  dataSource: DataSource,
  options: StartOptions,
  redis: DynamicModule[],
): DynamicModule {
  const limit = (value: number) => (value === 0 ? undefined : value);
  const milliseconds = (value: number) => limit(value * 1000);
  return {
    module: ServerModule,
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: () => Promise.resolve(dataSource),
      }),
      ...redis,
      SessionsModule.forRoot({
        agent,
        queue: options.redis ? 'bull' : 'in-process',
        role: options.role,
        health: true,
        agUi: true,
        aiSdk: true,
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
