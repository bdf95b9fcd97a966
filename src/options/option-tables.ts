import type { CanActivate, Type } from '@nestjs/common';

import { isAgent } from '../agents/agent-provider.js';
import { CHAT_ROLES, type ChatRole } from '../messages/chat-message.js';
import type { AgentErrorListener } from './agent-error-listener.js';
import { DEFAULT_RETRY_DELAYS } from './default-retry-delays.js';
import { moduleName } from './module-name.js';
import {
  callable,
  flag,
  isObject,
  listOf,
  milliseconds,
  oneOf,
  type OptionCheck,
  positiveInteger,
  text,
  unchecked,
} from './option-checks.js';
import { invalidOption } from './sessions-options.error.js';
import type { OwnerResolver, SessionsSettings } from './sessions.options.js';
import type { SessionsStructure } from './sessions-structure.js';
import type { WebhookOptions } from './webhook-options.js';
import { isWebhookSecret, SECRET_FORM } from './webhook-secret.js';

/** The complete definition of one option. The README's table, the command line and the checks derive from it. */
export interface OptionDefinition<Given> {
  check: OptionCheck<Given, unknown>;
  /** The value of an option that is absent. */
  default?: Given;
  /** The meaning of an absent option that has no default value. */
  defaultsTo?: string;
  unit?: 'ms' | 'bytes';
  /** The flag in `agent-sessions start`. Times are in seconds there, and zero means no limit. */
  flag?: string;
}

/** A definition of any option. */
export interface AnyOption extends Omit<OptionDefinition<never>, 'default'> {
  default?: unknown;
}

type OptionTable<Options> = { [Name in keyof Options]-?: OptionDefinition<NonNullable<Options[Name]>> };

/** The options that shape the module, which are set beside an async factory. */
export const STRUCTURE = {
  agent: { check: agent, defaultsTo: '', flag: '<agent-module>' },
  path: { check: text },
  name: { check: (_option, name) => moduleName({ name }), defaultsTo: '`path`, `default`' },
  dataSource: { check: text, defaultsTo: "TypeORM's default", flag: '--database <url>' },
  bullConfigKey: { check: text },
  role: { check: oneOf('all', 'api', 'worker'), default: 'all', flag: '--role' },
  http: { check: flag, default: true },
  health: { check: flag, default: false },
  agUi: { check: flag, default: false },
  aiSdk: { check: flag, default: false },
  console: { check: flag, default: false },
  isGlobal: { check: flag, default: false },
  guards: { check: listOf(guard) },
  imports: { check: unchecked },
} satisfies OptionTable<SessionsStructure>;

/** The options that may come from an async factory. */
export const SETTINGS = {
  queue: { check: oneOf('bull', 'in-process'), default: 'bull', flag: '--redis <url>' },
  concurrency: { check: positiveInteger, default: 10, flag: '--workers' },
  allowCustomIds: { check: flag, default: false, flag: '--allow-custom-ids' },
  maxAttempts: { check: positiveInteger, default: 3 },
  maxHistory: { check: positiveInteger, default: 64 * 1024 * 1024, unit: 'bytes' },
  deltaRetention: { check: milliseconds(0), default: 600_000, unit: 'ms' },
  maxStreams: { check: positiveInteger, default: 10_000 },
  maxStreamDuration: { check: milliseconds(1), default: 3_600_000, unit: 'ms' },
  lease: { check: milliseconds(100), default: 15_000, unit: 'ms' },
  shutdownTimeout: { check: milliseconds(0), default: 30_000, unit: 'ms', flag: '--shutdown-timeout' },
  turnTimeout: { check: milliseconds(1), unit: 'ms', flag: '--timeout' },
  sessionTtl: { check: milliseconds(1), unit: 'ms', flag: '--ttl' },
  maxSessions: { check: positiveInteger, flag: '--max-sessions' },
  interruptTtl: { check: milliseconds(1), unit: 'ms' },
  agentVersion: { check: text },
  webhooks: { check: unchecked<WebhookOptions>, default: {} },
  owner: { check: callable<OwnerResolver> },
  onAgentError: { check: callable<AgentErrorListener> },
  clientRoles: { check: roles, defaultsTo: 'all; with `owner` `user`' },
  rejectEmptyMessages: { check: flag, default: false },
} satisfies OptionTable<SessionsSettings>;

/** The options within `webhooks`. */
export const WEBHOOKS = {
  secrets: { check: listOf(secret), default: [], flag: '--webhook-secret' },
  allowPrivateAddresses: { check: flag, default: false, flag: '--allow-private-webhooks' },
  retryDelays: { check: listOf(milliseconds(0)), default: [...DEFAULT_RETRY_DELAYS], unit: 'ms' },
} satisfies OptionTable<WebhookOptions>;

function agent<T>(option: string, value: T): T {
  if (!isAgent(value)) {
    throw invalidOption(option, 'must be a class or an object with a method runTurn, or a function');
  }
  return value;
}

function guard(option: string, value: Type<CanActivate> | CanActivate): Type<CanActivate> | CanActivate {
  if (typeof value !== 'function' && !(isObject(value) && 'canActivate' in value)) {
    throw invalidOption(option, 'must be a class or an object with a method canActivate');
  }
  return value;
}

function roles(option: string, value: ChatRole[]): ChatRole[] {
  const listed = listOf(oneOf(...CHAT_ROLES))(option, value);
  if (listed.length === 0) throw invalidOption(option, 'must list a role at least');
  return listed;
}

/** The error does not repeat the secret, because it may be logged. */
function secret(option: string, value: string): string {
  if (!isWebhookSecret(value)) throw invalidOption(option, `must be ${SECRET_FORM}`);
  return value;
}
