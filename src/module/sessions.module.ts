import {
  type CanActivate,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnModuleInit,
  type Provider,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';

import { entities } from '../database/entities/index.js';
import { createHealthController } from '../http/health/health.controller.js';
import { HealthService } from '../operations/health.service.js';
import { SessionsHealthIndicator } from '../operations/sessions-health.indicator.js';
import { ApiErrors } from '../http/openapi/api-errors.js';
import { markForFastify, prepareFastify } from '../http/fastify-bodies.js';
import { HttpExchange } from '../http/http-exchange.js';
import { invalidOption } from '../options/invalid-option.js';
import { getSessionsHealthToken, getSessionsToken } from './inject-sessions.js';
import { Facts } from '../facts/facts.js';
import { HostEventEmitter } from '../lifecycle-events/host-event-emitter.js';
import { createMessagesController } from '../http/messages/messages.controller.js';
import { SessionWaiters } from '../sessions/session-waiters.js';
import { OwnerGuard, unknownOwner } from '../http/owner.guard.js';
import { importBullQueues } from './optional-packages.js';
import {
  checkStructure,
  moduleName,
  resolveLaterOptions,
  resolveSessionsOptions,
  routePrefix,
} from '../options/resolve-options.js';
import { checkSeparate, MODULE_IDENTITY, type ModuleIdentity } from './separate-modules.js';
import { SessionsLifecycle } from './sessions-lifecycle.js';
import {
  SESSIONS_OPTIONS,
  type SessionsModuleAsyncOptions,
  type SessionsModuleOptions,
  type SessionsSettings,
  type SessionsStructure,
} from '../options/sessions.options.js';
import { structuralProviders } from './sessions.providers.js';
import { createSessionsController } from '../http/sessions/sessions.controller.js';
import { SessionEffects } from '../sessions/session-effects.js';
import { SessionLifetime } from '../sessions/session-lifetime.js';
import { SessionReads } from '../sessions/session-reads.js';
import { TurnCalls } from '../sessions/turn-calls.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Metrics } from '../operations/metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import { AcceptedRuns } from '../turns/accepted-runs.js';
import { TurnAcceptance } from '../turns/turn-acceptance.js';
import { AgentCaller } from '../turns/agent-caller.js';
import { LeaseKeeper } from '../turns/lease-keeper.js';
import { LingeringAgents } from '../turns/lingering-agents.js';
import { LostRuns } from '../turns/lost-runs.js';
import { OverdueTurns } from '../turns/overdue-turns.js';
import { RunRecorder } from '../turns/run-recorder.js';
import { Sweeper } from './sweeper.js';
import { TurnDispatcher } from '../turns/turn-dispatcher.js';
import { TurnEffects } from '../turns/turn-effects.js';
import { TurnRunner } from '../turns/turn-runner.js';
import { TurnWorker } from '../turns/turn-worker.js';
import { createTurnsController } from '../http/turns/turns.controller.js';
import { createDeliveriesController } from '../http/deliveries/deliveries.controller.js';
import { DeliveriesService } from '../webhooks/deliveries.service.js';
import { DeliveryRunner } from '../webhooks/delivery-runner.js';
import { NameResolver } from '../webhooks/name-resolver.js';
import { WebhookWorker } from '../webhooks/webhook-worker.js';

/** Makes the providers of settings that come later. */
const { ConfigurableModuleClass: LaterSettings, MODULE_OPTIONS_TOKEN: SETTINGS } =
  new ConfigurableModuleBuilder<SessionsSettings>({
    optionsInjectionToken: Symbol.for('nestjs-agent-sessions:settings'),
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSessionsOptions')
    .build();

/**
 * Adds durable, asynchronous agent sessions to an application. It uses the host's TypeORM data source and, with
 * the queue `bull`, the host's BullModule configuration.
 *
 * ```ts
 * SessionsModule.forRoot({ agent: SupportAgent })
 * ```
 */
@Module({})
export class SessionsModule implements NestModule, OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
    @Inject(MODULE_IDENTITY) private readonly identity: ModuleIdentity,
  ) {}

  /** With options that are known at once. Throws an Error that names an option which is wrong. */
  static forRoot(options: SessionsModuleOptions): DynamicModule {
    checkStructure(options, 'forRoot');
    const resolved = resolveSessionsOptions(options, options);
    return assemble(options, [{ provide: SESSIONS_OPTIONS, useValue: resolved }], {
      withBull: resolved.queue === 'bull',
      isAsync: false,
      withOwners: resolved.owner !== undefined,
    });
  }

  /** With settings that come from a factory; what shapes the module stands beside it. */
  static forRootAsync(options: SessionsModuleAsyncOptions): DynamicModule {
    checkStructure(options, 'forRootAsync');
    if (!options.useFactory && !options.useClass && !options.useExisting) {
      throw new Error('SessionsModule.forRootAsync needs useFactory, useClass or useExisting');
    }
    const { providers = [] } = LaterSettings.forRootAsync(options);
    const resolved = {
      provide: SESSIONS_OPTIONS,
      useFactory: (settings: SessionsSettings) => resolveLaterOptions(options, settings),
      inject: [SETTINGS],
    };
    return assemble(options, [...providers, resolved], { withBull: true, isAsync: true, withOwners: false });
  }

  /** Nest calls it just before it registers the routes; there are no middlewares to configure. */
  configure(): void {
    checkSeparate(this.identity, this.modules);
    prepareFastify(this.host);
  }

  /** An app without HTTP has no routes, and so configures nothing. */
  onModuleInit(): void {
    checkSeparate(this.identity, this.modules);
    // Else everything of the module would be made for each request, and nothing would run the turns.
    try {
      this.moduleRef.get(SESSIONS_OPTIONS);
    } catch {
      throw invalidOption(
        'inject',
        'must name nothing that is request-scoped: options are the application’s',
      );
    }
  }
}

function assemble(
  structure: SessionsStructure,
  optionProviders: Provider[],
  { withBull, isAsync, withOwners }: { withBull: boolean; isAsync: boolean; withOwners: boolean },
): DynamicModule {
  const name = moduleName(structure);
  return {
    module: SessionsModule,
    global: structure.isGlobal ?? false,
    imports: [
      ...(structure.imports ?? []),
      TypeOrmModule.forFeature(entities, structure.dataSource),
      ...(withBull
        ? [importBullQueues(name, { configKey: structure.bullConfigKey, required: !isAsync })]
        : []),
    ],
    controllers: controllersOf(structure, withOwners),
    providers: [
      ...optionProviders,
      { provide: MODULE_IDENTITY, useValue: identityOf(structure) },
      ...structuralProviders(structure),
      AgentCaller,
      RunRecorder,
      TurnEffects,
      LingeringAgents,
      TurnRunner,
      TurnWorker,
      LeaseKeeper,
      TurnDispatcher,
      TurnAcceptance,
      AcceptedRuns,
      LostRuns,
      OverdueTurns,
      Sweeper,
      Facts,
      HostEventEmitter,
      Tracing,
      Metrics,
      DeliveryRunner,
      { provide: NameResolver, useFactory: () => new NameResolver() },
      WebhookWorker,
      DeliveriesService,
      SessionWaiters,
      SessionsLifecycle,
      HealthService,
      SessionsHealthIndicator,
      HttpExchange,
      SessionEffects,
      SessionLifetime,
      SessionReads,
      TurnCalls,
      SessionsService,
      { provide: getSessionsToken(name), useExisting: SessionsService },
      { provide: getSessionsHealthToken(name), useExisting: SessionsHealthIndicator },
    ],
    exports: [SessionsService, getSessionsToken(name), SessionsHealthIndicator, getSessionsHealthToken(name)],
  };
}

function identityOf(structure: SessionsStructure): ModuleIdentity {
  const path = structure.role === 'worker' ? undefined : (routePrefix(structure.path) ?? '');
  return { name: moduleName(structure), path };
}

function controllersOf(
  { path, role, health, guards = [] }: SessionsStructure,
  withOwners: boolean,
): Type<unknown>[] {
  const prefix = routePrefix(path);
  const under = (route: string) => (prefix ? `${prefix}/${route}` : route);
  const ofSessions = [
    createSessionsController,
    createTurnsController,
    createMessagesController,
    createDeliveriesController,
  ];
  const sessions = role === 'worker' ? [] : ofSessions;
  const owned = (controller: Type<unknown>) => {
    if (withOwners) ApiErrors(unknownOwner())(controller);
    return guarded(controller, OwnerGuard);
  };
  const guarded = (controller: Type<unknown>, ...more: Type<CanActivate>[]) => {
    UseGuards(...guards, ...more)(controller);
    markForFastify(controller);
    return controller;
  };
  return [
    ...sessions.map((create) => owned(create(under('sessions')))),
    ...(health ? [guarded(createHealthController(under('health')))] : []),
  ];
}
