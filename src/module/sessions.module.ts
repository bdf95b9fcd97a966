import { type DynamicModule, Inject, Module, type NestModule, type OnModuleInit } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';

import { SessionsHealthIndicator } from '../operations/sessions-health.indicator.js';
import { checkStructure } from '../options/check-options.js';
import { invalidOption, SessionsOptionsError } from '../options/sessions-options.error.js';
import {
  SESSIONS_OPTIONS,
  type SessionsModuleAsyncOptions,
  type SessionsModuleOptions,
} from '../options/sessions.options.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { agentProviders } from './providers/agent.providers.js';
import { databaseProviders } from './providers/database.providers.js';
import { operationsProviders } from './providers/operations.providers.js';
import { queueProviders } from './providers/queue.providers.js';
import { sessionsProviders } from './providers/sessions.providers.js';
import { uiProtocolsProviders } from './providers/ui-protocols.providers.js';
import { turnsProviders } from './providers/turns.providers.js';
import { webhooksProviders } from './providers/webhooks.providers.js';
import { checkSeparate, MODULE_IDENTITY, type ModuleIdentity } from './separate-modules.js';
import { ConfigurableModuleClass } from './sessions.module-definition.js';

/**
 * Adds durable, asynchronous agent sessions to an application. It uses the host's TypeORM data source and, with
 * the queue `bull`, the host's BullModule configuration.
 *
 * @example
 * ```ts
 * @Module({ imports: [SessionsModule.forRoot({ agent: ({ message }) => `You said: ${message.content}` })] })
 * class AppModule {}
 * ```
 */
@Module({
  providers: [
    ...agentProviders,
    ...databaseProviders,
    ...queueProviders,
    ...turnsProviders,
    ...webhooksProviders,
    ...sessionsProviders,
    ...operationsProviders,
    ...uiProtocolsProviders,
  ],
  exports: [SessionsService, SessionsHealthIndicator],
})
export class SessionsModule extends ConfigurableModuleClass implements NestModule, OnModuleInit {
  /** @internal */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
    @Inject(MODULE_IDENTITY) private readonly identity: ModuleIdentity,
  ) {
    super();
  }

  /**
   * With options that are known at once.
   *
   * @param options - What the module is and does
   * @throws SessionsOptionsError which names the option that is wrong
   * @example
   * ```ts
   * SessionsModule.forRoot({ agent: () => 'ok', queue: 'in-process', turnTimeout: 60_000 });
   * ```
   */
  static override forRoot(options: SessionsModuleOptions): DynamicModule {
    checkStructure(options, 'forRoot');
    return super.forRoot(options);
  }

  /**
   * With settings that come from a factory; what shapes the module stands beside it.
   *
   * @param options - How the settings are made, and what shapes the module
   * @throws SessionsOptionsError which names the option that is wrong. What the factory returns is checked at start.
   * @example
   * ```ts
   * SessionsModule.forRootAsync({ agent: () => 'ok', useFactory: () => ({ turnTimeout: 60_000 }) });
   * ```
   */
  static override forRootAsync(options: SessionsModuleAsyncOptions): DynamicModule {
    checkStructure(options, 'forRootAsync');
    if (!options.useFactory && !options.useClass && !options.useExisting) {
      throw new SessionsOptionsError('SessionsModule.forRootAsync needs useFactory, useClass or useExisting');
    }
    return super.forRootAsync(options);
  }

  /** Nest calls it just before it registers the routes; there are no middlewares to configure. */
  configure(): void {
    checkSeparate(this.identity, this.modules);
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
