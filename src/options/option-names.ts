import { invalidOption } from './invalid-option.js';
import type {
  SessionsModuleAsyncOptions,
  SessionsSettings,
  SessionsStructure,
  WebhookOptions,
} from './sessions.options.js';

const STRUCTURE: Record<keyof SessionsStructure, true> = {
  agent: true,
  path: true,
  name: true,
  dataSource: true,
  bullConfigKey: true,
  role: true,
  health: true,
  guards: true,
  imports: true,
  isGlobal: true,
};

const SETTINGS: Record<keyof SessionsSettings, true> = {
  queue: true,
  concurrency: true,
  turnTimeout: true,
  sessionTtl: true,
  maxSessions: true,
  allowCustomIds: true,
  maxAttempts: true,
  maxHistory: true,
  lease: true,
  shutdownTimeout: true,
  webhooks: true,
  owner: true,
};

const WEBHOOKS: Record<keyof WebhookOptions, true> = {
  secrets: true,
  allowPrivateAddresses: true,
  retryDelays: true,
};

const SOURCES: Record<Exclude<keyof SessionsModuleAsyncOptions, keyof SessionsStructure>, true> = {
  useFactory: true,
  useClass: true,
  useExisting: true,
  inject: true,
  provideInjectionTokensFrom: true,
};

/** The options that may be given in each place. */
const PLACES = {
  forRoot: { ...STRUCTURE, ...SETTINGS },
  forRootAsync: { ...STRUCTURE, ...SOURCES },
  factory: SETTINGS,
  webhooks: WEBHOOKS,
};

/**
 * Throws where an option is misspelt or stands where nobody looks: without effect, as a forgotten `owner`, it could
 * open what was meant to be closed.
 */
export function checkOptionNames(options: object, place: keyof typeof PLACES): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || option in PLACES[place]) continue;
    if (place === 'forRootAsync' && option in SETTINGS)
      throw invalidOption(option, 'must come from the factory');
    if (place === 'factory' && option in STRUCTURE) {
      throw invalidOption(option, 'must stand beside the factory');
    }
    throw invalidOption(place === 'webhooks' ? `webhooks.${option}` : option, 'is not known');
  }
}
