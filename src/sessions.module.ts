import { BullModule, type BullRootModuleOptions, getSharedConfigToken } from '@nestjs/bull';
import { type DynamicModule, Module, type Provider, type Type, UseGuards } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { entities } from './database/entities.js';
import { createHealthController } from './health/health.controller.js';
import { HealthService } from './health/health.service.js';
import { HttpExchange } from './http/http-exchange.js';
import { getSessionsToken } from './inject-sessions.js';
import { createMessagesController } from './messages/messages.controller.js';
import { SessionWaiters } from './notifications/session-waiters.js';
import { consumerOptions, producerOptions } from './redis/bull-connections.js';
import { SessionsLifecycle } from './sessions-lifecycle.js';
import {
  moduleName,
  resolveSessionsOptions,
  routePrefix,
  SESSIONS_OPTIONS,
  type SessionsModuleAsyncOptions,
  type SessionsModuleOptions,
  type SessionsOptionsFactory,
  type SessionsSettings,
  type SessionsStructure,
} from './sessions.options.js';
import { queueNames, structuralProviders } from './sessions.providers.js';
import { createSessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { Telemetry } from './telemetry/telemetry.js';
import { LeaseKeeper } from './turns/lease-keeper.js';
import { Sweeper } from './turns/sweeper.js';
import { TurnDispatcher } from './turns/turn-dispatcher.js';
import { TurnRunner } from './turns/turn-runner.js';
import { TurnWorker } from './turns/turn-worker.js';
import { TurnProcessor } from './turns/turn.processor.js';
import { createDeliveriesController } from './webhooks/deliveries.controller.js';
import { DeliveriesService } from './webhooks/deliveries.service.js';
import { WebhookProcessor } from './webhooks/webhook.processor.js';
import { WebhookWorker } from './webhooks/webhook-worker.js';

/**
 * Adds durable, asynchronous agent sessions to an application. It uses the host's TypeORM data source and, with
 * the queue `bull`, the host's BullModule configuration.
 *
 * ```ts
 * SessionsModule.forRoot({ agent: SupportAgent })
 * ```
 */
@Module({})
export class SessionsModule {
  /** With options that are known at once. Throws an Error that names an option which is wrong. */
  static forRoot(options: SessionsModuleOptions): DynamicModule {
    const resolved = resolveSessionsOptions(options, options);
    return assemble(options, [{ provide: SESSIONS_OPTIONS, useValue: resolved }], resolved.queue === 'bull');
  }

  /** With settings that come from a factory; what shapes the module stands beside it. */
  static forRootAsync(options: SessionsModuleAsyncOptions): DynamicModule {
    return assemble(options, asyncOptionsProviders(options), true);
  }
}

function assemble(
  structure: SessionsStructure,
  optionProviders: Provider[],
  withBull: boolean,
): DynamicModule {
  const name = moduleName(structure);
  return {
    module: SessionsModule,
    global: structure.isGlobal ?? false,
    imports: [
      ...(structure.imports ?? []),
      TypeOrmModule.forFeature(entities, structure.dataSource),
      ...(withBull ? [bullQueues(name)] : []),
    ],
    controllers: controllersOf(structure),
    providers: [
      ...optionProviders,
      ...structuralProviders(structure),
      TurnRunner,
      TurnWorker,
      LeaseKeeper,
      TurnProcessor,
      TurnDispatcher,
      Sweeper,
      Telemetry,
      WebhookWorker,
      DeliveriesService,
      WebhookProcessor,
      SessionWaiters,
      SessionsLifecycle,
      HealthService,
      HttpExchange,
      SessionsService,
      { provide: getSessionsToken(name), useExisting: SessionsService },
    ],
    exports: [SessionsService, getSessionsToken(name)],
  };
}

function controllersOf({ path, role, health, guards = [] }: SessionsStructure): Type<unknown>[] {
  const prefix = routePrefix(path);
  const under = (route: string) => (prefix ? `${prefix}/${route}` : route);
  const sessions =
    role === 'worker' ? [] : [createSessionsController, createMessagesController, createDeliveriesController];
  const controllers = [
    ...sessions.map((create) => create(under('sessions'))),
    ...(health ? [createHealthController(under('health'))] : []),
  ];
  for (const controller of controllers) UseGuards(...guards)(controller);
  return controllers;
}

/** Each queue twice on the host's BullModule configuration, one in Redis: to add jobs, and to take them. */
function bullQueues(module: string): DynamicModule {
  const inject = [{ token: getSharedConfigToken(), optional: true }];
  return BullModule.registerQueueAsync(
    ...Object.values(queueNames(module)).flatMap(({ consumer, producer }) => [
      {
        name: consumer,
        inject,
        useFactory: (shared?: BullRootModuleOptions) => consumerOptions(consumer, shared),
      },
      {
        name: producer,
        inject,
        useFactory: (shared?: BullRootModuleOptions) => producerOptions(consumer, shared),
      },
    ]),
  );
}

function asyncOptionsProviders(options: SessionsModuleAsyncOptions): Provider[] {
  const resolve = (settings: SessionsSettings) => resolveSessionsOptions(options, settings);
  if (options.useFactory) {
    const { useFactory } = options;
    return [
      {
        provide: SESSIONS_OPTIONS,
        useFactory: async (...dependencies: never[]) => resolve(await useFactory(...dependencies)),
        inject: options.inject ?? [],
      },
    ];
  }
  const factory = options.useExisting ?? options.useClass;
  if (!factory) throw new Error('SessionsModule.forRootAsync needs useFactory, useClass or useExisting');
  return [
    ...(options.useClass ? [options.useClass] : []),
    {
      provide: SESSIONS_OPTIONS,
      useFactory: async (made: SessionsOptionsFactory) => resolve(await made.createSessionsOptions()),
      inject: [factory],
    },
  ];
}
