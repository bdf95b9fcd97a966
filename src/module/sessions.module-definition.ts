import { ConfigurableModuleBuilder, type DynamicModule, type Type, type ValueProvider } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { entities } from '../database/entities/index.js';
import type { Routes } from '../http/http-routes.js';
import { SessionsHealthIndicator } from '../operations/sessions-health.indicator.js';
import { moduleName, routePrefix } from '../options/module-name.js';
import { STRUCTURE } from '../options/option-tables.js';
import { resolveFactoryOptions, resolveSessionsOptions } from '../options/resolve-options.js';
import {
  SESSIONS_OPTIONS,
  type SessionsModuleAsyncOptions,
  type SessionsModuleOptions,
  type SessionsSettings,
} from '../options/sessions.options.js';
import type { SessionsStructure } from '../options/sessions-structure.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { importBullQueues, importRoutes } from './optional-packages.js';
import { dataSourceProvider } from './data-source.provider.js';
import { LateControllers } from './late-controllers.js';
import { MODULE_IDENTITY, type ModuleIdentity } from './separate-modules.js';
import { getSessionsHealthToken, getSessionsToken, SESSIONS_STRUCTURE } from './tokens.js';

/** The static side of SessionsModule. */
interface SessionsModuleForms {
  new (): object;
  forRoot(options: SessionsModuleOptions): DynamicModule;
  forRootAsync(options: SessionsModuleAsyncOptions): DynamicModule;
}

const SETTINGS = Symbol.for('nestjs-agent-sessions:settings');

const built = new ConfigurableModuleBuilder<SessionsSettings>({ optionsInjectionToken: SETTINGS })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSessionsOptions')
  .setExtras(structureNames(), (definition, structure) => define(definition, structure as SessionsStructure))
  .build();

/**
 * The two forms of the module: with settings that are known at once, and with settings from a factory. The options
 * that shape the module (the structure) are known at once in both. The types of Nest's builder would make `agent`
 * optional.
 */
export const ConfigurableModuleClass = built.ConfigurableModuleClass as unknown as SessionsModuleForms;

/** The names by which the builder separates structure from settings. */
function structureNames(): Partial<SessionsStructure> {
  return Object.fromEntries(Object.keys(STRUCTURE).map((name) => [name, undefined]));
}

/** Adds the parts that depend on the structure to those that SessionsModule lists. */
function define(definition: DynamicModule, structure: SessionsStructure): DynamicModule {
  const known = knownSettings(definition);
  const options = known && resolveSessionsOptions(structure, known);
  const {
    http = true,
    health = false,
    agUi = false,
    aiSdk = false,
    console = false,
    guards = [],
  } = structure;
  const name = moduleName(structure);
  const prefix = routePrefix(structure.path);
  const hasRoutes = http && structure.role !== 'worker';
  const routes: Routes = {
    prefix,
    sessions: hasRoutes,
    health,
    agUi,
    aiSdk,
    console,
    guards,
    withOwners: options?.owner !== undefined,
    customIds: options?.allowCustomIds ?? true,
  };
  const identity: ModuleIdentity = { name, path: hasRoutes ? (prefix ?? '') : undefined };
  const controllers: Type<unknown>[] = new LateControllers();
  // For `autoLoadEntities`. The returned module is not imported: its repositories are not used, and would need the data
  // source before it is known to exist.
  TypeOrmModule.forFeature(entities, structure.dataSource);
  return {
    ...definition,
    global: structure.isGlobal ?? false,
    imports: [
      ...(definition.imports ?? []),
      ...(structure.imports ?? []),
      ...(options?.queue === 'in-process'
        ? []
        : [importBullQueues(name, { configKey: structure.bullConfigKey, required: options !== undefined })]),
      ...(hasRoutes || health ? [importRoutes(routes, controllers)] : []),
    ],
    controllers,
    providers: [
      ...(definition.providers ?? []),
      {
        provide: SESSIONS_OPTIONS,
        useFactory: (settings: SessionsSettings) => resolveFactoryOptions(structure, settings),
        inject: [SETTINGS],
      },
      { provide: SESSIONS_STRUCTURE, useFactory: () => structure },
      { provide: MODULE_IDENTITY, useValue: identity },
      dataSourceProvider(structure.dataSource),
      { provide: getSessionsToken(name), useExisting: SessionsService },
      { provide: getSessionsHealthToken(name), useExisting: SessionsHealthIndicator },
    ],
    exports: [getSessionsToken(name), getSessionsHealthToken(name)],
  };
}

/** The settings, if they do not come from a factory. */
function knownSettings({ providers = [] }: DynamicModule): SessionsSettings | undefined {
  const found = providers.find((provider) => 'useValue' in provider && provider.provide === SETTINGS);
  return (found as ValueProvider<SessionsSettings> | undefined)?.useValue;
}
