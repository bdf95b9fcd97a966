import { isAgent } from '../agents/agent-provider.js';
import { invalidOption } from './invalid-option.js';
import { DEFAULT_RETRY_DELAYS } from './default-retry-delays.js';
import { checkOptionNames } from './option-names.js';
import type {
  DeliverySettings,
  ResolvedSessionsOptions,
  SessionsSettings,
  SessionsStructure,
  WebhookOptions,
} from './sessions.options.js';
import { isWebhookSecret, SECRET_FORM } from './webhook-secret.js';

/** Checks what stands beside an async factory, and so is known at once; throws an Error that names the option. */
export function checkStructure(structure: SessionsStructure, place: 'forRoot' | 'forRootAsync'): void {
  if (!isObject(structure)) throw new Error('SessionsModule needs options, an agent at least');
  checkOptionNames(structure, place);
  moduleName(structure);
  if (!isAgent(structure.agent)) {
    throw invalidOption('agent', 'must be a class or an object with a method runTurn, or a function');
  }
  optional(structure.dataSource, (value) => text('dataSource', value));
  optional(structure.bullConfigKey, (value) => text('bullConfigKey', value));
  optional(structure.role, (value) => oneOf('role', value, ROLES));
  optional(structure.health, (value) => flag('health', value));
  optional(structure.isGlobal, (value) => flag('isGlobal', value));
  optional(structure.guards, (value) => {
    list('guards', value).forEach((guard, index) => {
      if (typeof guard !== 'function' && !(isObject(guard) && 'canActivate' in guard)) {
        throw invalidOption(`guards[${index}]`, 'must be a class or an object with a method canActivate');
      }
    });
  });
}

/** Fills in defaults and checks everything once; throws an Error that names the option that is wrong. */
export function resolveSessionsOptions(
  structure: SessionsStructure,
  settings: SessionsSettings,
): ResolvedSessionsOptions {
  const resolved: ResolvedSessionsOptions = {
    name: moduleName(structure),
    role: oneOf('role', structure.role ?? 'all', ROLES),
    queue: oneOf('queue', settings.queue ?? 'bull', ['bull', 'in-process']),
    concurrency: positiveInteger('concurrency', settings.concurrency ?? 10),
    allowCustomIds: flag('allowCustomIds', settings.allowCustomIds ?? false),
    maxAttempts: positiveInteger('maxAttempts', settings.maxAttempts ?? 3),
    maxHistory: positiveInteger('maxHistory', settings.maxHistory ?? 64 * 1024 * 1024),
    lease: milliseconds('lease', settings.lease ?? 15_000, 100),
    shutdownTimeout: milliseconds('shutdownTimeout', settings.shutdownTimeout ?? 30_000, 0),
    turnTimeout: optional(settings.turnTimeout, (value) => milliseconds('turnTimeout', value, 1)),
    sessionTtl: optional(settings.sessionTtl, (value) => milliseconds('sessionTtl', value, 1)),
    maxSessions: optional(settings.maxSessions, (value) => positiveInteger('maxSessions', value)),
    webhooks: deliverySettings(settings.webhooks ?? {}),
    owner: optional(settings.owner, (value) => callable('owner', value)),
  };
  if (resolved.role !== 'all' && resolved.queue === 'in-process') {
    throw invalidOption(
      'role',
      `"${resolved.role}" needs the queue "bull": an in-process queue reaches no other process`,
    );
  }
  return resolved;
}

/** The same for settings that a factory gives. */
export function resolveLaterOptions(
  structure: SessionsStructure,
  settings: SessionsSettings,
): ResolvedSessionsOptions {
  if (!isObject(settings)) throw new Error('The options factory of SessionsModule must give an object');
  checkOptionNames(settings, 'factory');
  return resolveSessionsOptions(structure, settings);
}

function deliverySettings(webhooks: WebhookOptions): DeliverySettings {
  if (!isObject(webhooks)) throw invalidOption('webhooks', 'must be an object');
  checkOptionNames(webhooks, 'webhooks');
  const { secrets = [], allowPrivateAddresses = false, retryDelays = DEFAULT_RETRY_DELAYS } = webhooks;
  list('webhooks.secrets', secrets).forEach((secret, index) => {
    // The secret itself is not repeated: the error ends in a log.
    if (!isWebhookSecret(secret)) throw invalidOption(`webhooks.secrets[${index}]`, `must be ${SECRET_FORM}`);
  });
  return {
    secrets,
    allowPrivateAddresses: flag('webhooks.allowPrivateAddresses', allowPrivateAddresses),
    retryDelays: list('webhooks.retryDelays', retryDelays).map((delay, index) =>
      milliseconds(`webhooks.retryDelays[${index}]`, delay, 0),
    ),
  };
}

/** The name of a module: what was given, else its path. */
export function moduleName({ name, path }: Pick<SessionsStructure, 'name' | 'path'>): string {
  const resolved = name ?? routePrefix(path) ?? 'default';
  if (typeof resolved !== 'string' || !/^[\w./-]{1,100}$/.test(resolved)) {
    const byPath = name === undefined ? ` and cannot be taken from the path "${resolved}"` : '';
    throw invalidOption('name', `must be 1 to 100 letters, digits and . / - _${byPath}`);
  }
  return resolved;
}

/** A path without slashes around it; undefined where nothing is left of it. */
export function routePrefix(path: string | undefined): string | undefined {
  const prefix = path === undefined ? undefined : text('path', path).replace(/^\/+|\/+$/g, '');
  return prefix === '' ? undefined : prefix;
}

function optional<T, R>(value: T | undefined, check: (value: T) => R): R | undefined {
  return value === undefined ? undefined : check(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function list<T>(option: string, value: readonly T[]): readonly T[] {
  const given: unknown = value;
  if (!Array.isArray(given)) throw invalidOption(option, 'must be a list');
  return value;
}

function text(option: string, value: string): string {
  if (typeof value !== 'string') throw invalidOption(option, 'must be a text');
  return value;
}

function flag(option: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw invalidOption(option, 'must be true or false');
  return value;
}

function callable<T>(option: string, value: T): T {
  if (typeof value !== 'function') throw invalidOption(option, 'must be a function');
  return value;
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw invalidOption(option, `must be one of ${allowed.join(', ')}`);
  return value;
}

function positiveInteger(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > MAX_INTEGER) {
    throw invalidOption(option, `must be an integer from 1 to ${MAX_INTEGER}`);
  }
  return value;
}

function milliseconds(option: string, value: number, least: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= MAX_MILLISECONDS)) {
    throw invalidOption(
      option,
      `must be a number of milliseconds, at least ${least} and less than 285 years`,
    );
  }
  return value;
}

const ROLES = ['all', 'api', 'worker'] as const;

/** Instants are counted in microseconds, as integers that JavaScript and the databases hold exactly. */
const MAX_MILLISECONDS = Number.MAX_SAFE_INTEGER / 1000;

/** What a 32-bit column holds. */
const MAX_INTEGER = 2 ** 31 - 1;
