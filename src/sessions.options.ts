import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';

import type { Agent, AgentFunction } from './agents/agent.js';
import type { DeliverySettings } from './webhooks/delivery-attempt.js';
import { DEFAULT_RETRY_DELAYS } from './webhooks/retry-schedule.js';
import { isWebhookSecret, SECRET_FORM } from './webhooks/webhook-signature.js';

/** An agent as a host gives it: a class that Nest's injection resolves, an instance or a function. */
export type AgentProvider = Type<Agent> | Agent | AgentFunction;

/** Which part of the work a process does: serve requests, run turns, or both. */
export type SessionsRole = 'all' | 'api' | 'worker';

/** How turns reach workers: Bull on Redis, or within the process. */
export type SessionsQueue = 'bull' | 'in-process';

/** What decides how the module is put together, and so must be known before anything is injected. */
export interface SessionsStructure {
  /** Answers the messages. */
  agent: AgentProvider;
  /** Route prefix: `support` serves `/support/sessions`. Default: none. */
  path?: string;
  /** Tells modules of one app or one database apart. Default: `path`, else `default`. */
  name?: string;
  /** The name of the TypeORM data source to use. Default: TypeORM's default one. */
  dataSource?: string;
  /** Default: `all`. */
  role?: SessionsRole;
  /** Whether to mount `/health`. Default: false. */
  health?: boolean;
  /** Guards of all the module's controllers. */
  guards?: (Type<CanActivate> | CanActivate)[];
  /** Modules that the agent or the factory needs. */
  imports?: ModuleMetadata['imports'];
  /** Whether the module's exports are available everywhere without importing it. Default: false. */
  isGlobal?: boolean;
}

/** How webhooks are signed, where they may go and how often they are tried. */
export interface WebhookOptions {
  /**
   * Standard Webhooks secrets: `whsec_` and base64 of 24 to 64 bytes. All of them sign, so that one can be
   * replaced while receivers still know the other. Default: none, webhooks are not signed.
   */
  secrets?: string[];
  /**
   * Whether webhooks may go to loopback, private and other addresses that are not public. It holds for the
   * messages that the process accepts, whichever process delivers. Default: false.
   */
  allowPrivateAddresses?: boolean;
  /** The pauses before the second and each later attempt, in ms. Default: 8 attempts over about a day. */
  retryDelays?: number[];
}

/** What may come from an async factory. Times are in milliseconds. */
export interface SessionsSettings {
  /** Default: `bull`. */
  queue?: SessionsQueue;
  /** How many turns one process runs at once. Default: 10. */
  concurrency?: number;
  /** How long one run of a turn may take. Default: no limit. */
  turnTimeout?: number;
  /** How long a session lives after its creation or the end of its last turn. Default: for ever. */
  sessionTtl?: number;
  /** How many sessions there may be, over all processes and owners. Default: no limit. */
  maxSessions?: number;
  /** Whether clients may choose session ids with `PUT`. Default: false. */
  allowCustomIds?: boolean;
  /** How many runs of a turn may be lost to a worker that dies before the turn ends in error. Default: 3. */
  maxAttempts?: number;
  /** How long a worker may be silent before its turns are taken over. Default: 15,000. */
  lease?: number;
  /** How long running turns may go on when the process stops. Default: 30,000. */
  shutdownTimeout?: number;
  webhooks?: WebhookOptions;
}

/** Options of {@link SessionsModule.forRoot}. */
export interface SessionsModuleOptions extends SessionsStructure, SessionsSettings {}

/** Makes the settings; for `useClass` and `useExisting`. */
export interface SessionsOptionsFactory {
  createSessionsOptions(): SessionsSettings | Promise<SessionsSettings>;
}

/** Options of {@link SessionsModule.forRootAsync}. */
export interface SessionsModuleAsyncOptions extends SessionsStructure {
  useFactory?: (...args: never[]) => SessionsSettings | Promise<SessionsSettings>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- injection tokens are of any type in Nest
  inject?: any[];
  useClass?: Type<SessionsOptionsFactory>;
  useExisting?: Type<SessionsOptionsFactory>;
}

/** The options with every default filled in: what the module's parts receive. */
export interface ResolvedSessionsOptions extends Required<
  Pick<
    SessionsSettings,
    'queue' | 'concurrency' | 'allowCustomIds' | 'maxAttempts' | 'lease' | 'shutdownTimeout'
  >
> {
  name: string;
  role: SessionsRole;
  turnTimeout?: number;
  sessionTtl?: number;
  maxSessions?: number;
  webhooks: DeliverySettings;
}

/** Injection token of the {@link ResolvedSessionsOptions}. */
export const SESSIONS_OPTIONS = Symbol.for('nestjs-agent-sessions:options');

/** Fills in defaults and checks everything once; throws an Error that names the option that is wrong. */
export function resolveSessionsOptions(
  structure: SessionsStructure,
  settings: SessionsSettings,
): ResolvedSessionsOptions {
  const resolved: ResolvedSessionsOptions = {
    name: moduleName(structure),
    role: oneOf('role', structure.role ?? 'all', ['all', 'api', 'worker']),
    queue: oneOf('queue', settings.queue ?? 'bull', ['bull', 'in-process']),
    concurrency: positiveInteger('concurrency', settings.concurrency ?? 10),
    allowCustomIds: settings.allowCustomIds ?? false,
    maxAttempts: positiveInteger('maxAttempts', settings.maxAttempts ?? 3),
    lease: milliseconds('lease', settings.lease ?? 15_000, 100),
    shutdownTimeout: milliseconds('shutdownTimeout', settings.shutdownTimeout ?? 30_000, 0),
    turnTimeout: optional(settings.turnTimeout, (value) => milliseconds('turnTimeout', value, 1)),
    sessionTtl: optional(settings.sessionTtl, (value) => milliseconds('sessionTtl', value, 1)),
    maxSessions: optional(settings.maxSessions, (value) => positiveInteger('maxSessions', value)),
    webhooks: deliverySettings(settings.webhooks ?? {}),
  };
  if (resolved.role !== 'all' && resolved.queue === 'in-process') {
    throw invalid(
      'role',
      `"${resolved.role}" needs the queue "bull": an in-process queue reaches no other process`,
    );
  }
  return resolved;
}

function deliverySettings(webhooks: WebhookOptions): DeliverySettings {
  const { secrets = [], allowPrivateAddresses = false, retryDelays = DEFAULT_RETRY_DELAYS } = webhooks;
  if (!Array.isArray(secrets)) throw invalid('webhooks.secrets', 'must be a list');
  secrets.forEach((secret, index) => {
    // The secret itself is not repeated: the error ends in a log.
    if (!isWebhookSecret(secret)) throw invalid(`webhooks.secrets[${index}]`, `must be ${SECRET_FORM}`);
  });
  if (!Array.isArray(retryDelays)) throw invalid('webhooks.retryDelays', 'must be a list');
  return {
    secrets,
    allowPrivateAddresses,
    retryDelays: (retryDelays as number[]).map((delay, index) =>
      milliseconds(`webhooks.retryDelays[${index}]`, delay, 0),
    ),
  };
}

/** The name of a module: what was given, else its path. */
export function moduleName({ name, path }: Pick<SessionsStructure, 'name' | 'path'>): string {
  const resolved = name ?? routePrefix(path) ?? 'default';
  if (typeof resolved !== 'string' || !/^[\w./-]{1,100}$/.test(resolved)) {
    throw invalid('name', 'must be 1 to 100 letters, digits and . / - _');
  }
  return resolved;
}

/** A path without slashes around it; undefined where nothing is left of it. */
export function routePrefix(path: string | undefined): string | undefined {
  const prefix = path?.replace(/^\/+|\/+$/g, '');
  return prefix === '' ? undefined : prefix;
}

function optional<T, R>(value: T | undefined, check: (value: T) => R): R | undefined {
  return value === undefined ? undefined : check(value);
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw invalid(option, `must be one of ${allowed.join(', ')}`);
  return value;
}

function positiveInteger(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > MAX_INTEGER) {
    throw invalid(option, `must be an integer from 1 to ${MAX_INTEGER}`);
  }
  return value;
}

function milliseconds(option: string, value: number, least: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw invalid(option, `must be a number of milliseconds, at least ${least}`);
  }
  return value;
}

/** What a 32-bit column holds. */
const MAX_INTEGER = 2 ** 31 - 1;

function invalid(option: string, problem: string): Error {
  return new Error(`SessionsModule option "${option}" ${problem}`);
}
