import { isObject } from './option-checks.js';
import { type AnyOption, SETTINGS, STRUCTURE, WEBHOOKS } from './option-tables.js';
import { moduleName } from './module-name.js';
import { invalidOption, SessionsOptionsError } from './sessions-options.error.js';
import type { SessionsModuleAsyncOptions } from './sessions.options.js';
import type { SessionsStructure } from './sessions-structure.js';

/** Where settings come from, beside the structure of an async module. */
const SOURCES: Record<Exclude<keyof SessionsModuleAsyncOptions, keyof SessionsStructure>, true> = {
  useFactory: true,
  useClass: true,
  useExisting: true,
  inject: true,
  provideInjectionTokensFrom: true,
};

/** The options that are allowed in each place. */
const ALLOWED_OPTIONS = {
  forRoot: { ...STRUCTURE, ...SETTINGS },
  forRootAsync: { ...STRUCTURE, ...SOURCES },
  factory: SETTINGS,
  webhooks: WEBHOOKS,
};

/** Rejects unknown or misplaced options: a silently ignored `owner` would expose all sessions. */
export function checkOptionNames(options: object, place: keyof typeof ALLOWED_OPTIONS): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || option in ALLOWED_OPTIONS[place]) continue;
    if (place === 'forRootAsync' && option in SETTINGS)
      throw invalidOption(option, 'must come from the factory');
    if (place === 'factory' && option in STRUCTURE) {
      throw invalidOption(option, 'must stand beside the factory');
    }
    throw invalidOption(place === 'webhooks' ? `webhooks.${option}` : option, 'is not known');
  }
}

/** Checks the options beside an async factory, which are known at once; throws a SessionsOptionsError. */
export function checkStructure(structure: SessionsStructure, place: 'forRoot' | 'forRootAsync'): void {
  if (!isObject(structure)) throw new SessionsOptionsError('SessionsModule needs options, an agent at least');
  checkOptionNames(structure, place);
  moduleName(structure);
  for (const [option, { check }] of Object.entries<AnyOption>(STRUCTURE)) {
    const value = structure[option as keyof SessionsStructure];
    if (value !== undefined || option === 'agent') check(option, value as never);
  }
  for (const option of ['health', 'console'] as const) {
    if (structure[option] && structure.http === false) {
      throw invalidOption(option, 'mounts routes, which "http: false" leaves out');
    }
  }
}
