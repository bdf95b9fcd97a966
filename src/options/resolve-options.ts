import { CHAT_ROLES } from '../messages/chat-message.js';
import { checkOptionNames } from './check-options.js';
import { moduleName } from './module-name.js';
import { isObject } from './option-checks.js';
import { type AnyOption, SETTINGS, STRUCTURE, WEBHOOKS } from './option-tables.js';
import { invalidOption, SessionsOptionsError } from './sessions-options.error.js';
import type { ResolvedSessionsOptions, SessionsSettings } from './sessions.options.js';
import type { SessionsStructure } from './sessions-structure.js';
import type { DeliverySettings, WebhookOptions } from './webhook-options.js';

/** The options of a table with defaults filled in and checked. */
type Resolved<Table> = {
  [Name in keyof Table]: Table[Name] extends { check: (option: string, value: never) => infer Used }
    ? Table[Name] extends { default: unknown }
      ? Used
      : Used | undefined
    : never;
};

/** Fills in defaults and checks everything once; throws a SessionsOptionsError. */
export function resolveSessionsOptions(
  structure: SessionsStructure,
  settings: SessionsSettings,
): ResolvedSessionsOptions {
  const { role } = resolve({ role: STRUCTURE.role }, structure);
  const { webhooks, clientRoles, rejectEmptyMessages, ...others } = resolve(SETTINGS, settings);
  const resolved = {
    name: moduleName(structure),
    role,
    ...others,
    webhooks: resolveWebhooks(webhooks),
    clients: {
      // With an owner requests come from end users, who could otherwise speak as the system or forge a tool's result.
      roles: clientRoles ?? (others.owner ? ['user' as const] : CHAT_ROLES),
      mayPreload: clientRoles !== undefined || others.owner === undefined,
      rejectEmptyMessages,
    },
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
export function resolveFactoryOptions(
  structure: SessionsStructure,
  settings: SessionsSettings,
): ResolvedSessionsOptions {
  if (!isObject(settings)) {
    throw new SessionsOptionsError('The options factory of SessionsModule must give an object');
  }
  checkOptionNames(settings, 'factory');
  return resolveSessionsOptions(structure, settings);
}

function resolveWebhooks(webhooks: WebhookOptions): DeliverySettings {
  if (!isObject(webhooks)) throw invalidOption('webhooks', 'must be an object');
  checkOptionNames(webhooks, 'webhooks');
  return resolve(WEBHOOKS, webhooks, 'webhooks.');
}

/**
 * `within` is the name of the object that contains the options. A null from a configuration service means the
 * default, but not within an object, because it would leave webhooks unsigned.
 */
function resolve<Table extends { [Name in keyof Table]: AnyOption }>(
  table: Table,
  given: { [Name in keyof Table]?: unknown },
  within = '',
): Resolved<Table> {
  const resolved = Object.entries<AnyOption>(table).map(([option, definition]) => {
    const value = given[option as keyof Table];
    const isAbsent =
      value === undefined || (value === null && within === '' && definition.default !== undefined);
    const used = isAbsent ? definition.default : value;
    return [option, used === undefined ? undefined : definition.check(`${within}${option}`, used as never)];
  });
  return Object.fromEntries(resolved) as Resolved<Table>;
}
