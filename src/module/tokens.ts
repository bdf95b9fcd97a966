import { Inject } from '@nestjs/common';

import { SessionsHealthIndicator } from '../operations/sessions-health.indicator.js';
import { moduleName } from '../options/module-name.js';
import { SessionsService } from '../sessions/sessions.service.js';

/** Injection token of the module's `SessionsStructure`. */
export const SESSIONS_STRUCTURE = Symbol.for('nestjs-agent-sessions:structure');

/**
 * The injection token of a module's {@link SessionsService}: of the module with this name, or without a name of the
 * only module, or the one that is imported first.
 *
 * @throws SessionsOptionsError for a name that no module can have
 * @example
 * ```ts
 * const provider = { provide: 'SALES', useExisting: getSessionsToken('sales') };
 * ```
 */
export function getSessionsToken(): typeof SessionsService;
/** The same for a module with a name. */
export function getSessionsToken(name: string | undefined): string | typeof SessionsService;
export function getSessionsToken(name?: string): string | typeof SessionsService {
  return name === undefined ? SessionsService : `nestjs-agent-sessions:service:${moduleName({ name })}`;
}

/**
 * Injects the {@link SessionsService} of the module with this name, or of the only module.
 *
 * @param name - The module's `name`
 * @throws SessionsOptionsError for a name that no module can have
 * @example
 * ```ts
 * class Orders {
 *   constructor(@InjectSessions('sales') private readonly sessions: SessionsService) {}
 * }
 * ```
 */
export function InjectSessions(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSessionsToken(name));
}

/**
 * The injection token of a module's {@link SessionsHealthIndicator}: of the module with this name, or of the only one.
 *
 * @throws SessionsOptionsError for a name that no module can have
 * @example
 * ```ts
 * const provider = { provide: 'SALES_HEALTH', useExisting: getSessionsHealthToken('sales') };
 * ```
 */
export function getSessionsHealthToken(): typeof SessionsHealthIndicator;
/** The same for a module with a name. */
export function getSessionsHealthToken(name: string | undefined): string | typeof SessionsHealthIndicator;
export function getSessionsHealthToken(name?: string): string | typeof SessionsHealthIndicator {
  return name === undefined
    ? SessionsHealthIndicator
    : `nestjs-agent-sessions:health:${moduleName({ name })}`;
}

/**
 * Injects the {@link SessionsHealthIndicator} of the module with this name, or of the only module.
 *
 * @param name - The module's `name`
 * @throws SessionsOptionsError for a name that no module can have
 * @example
 * ```ts
 * class Health {
 *   constructor(@InjectSessionsHealth('sales') private readonly sessions: SessionsHealthIndicator) {}
 * }
 * ```
 */
export function InjectSessionsHealth(name?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSessionsHealthToken(name));
}
