import { Inject } from '@nestjs/common';

import { moduleName } from '../options/resolve-options.js';

/** The injection token of a named module's SessionsService. */
export function getSessionsToken(name: string): string {
  return `nestjs-agent-sessions:service:${moduleName({ name })}`;
}

/** Injects the SessionsService of the module with this name. */
export function InjectSessions(name: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSessionsToken(name));
}

/** The injection token of a named module's SessionsHealthIndicator. */
export function getSessionsHealthToken(name: string): string {
  return `nestjs-agent-sessions:health:${moduleName({ name })}`;
}

/** Injects the SessionsHealthIndicator of the module with this name. */
export function InjectSessionsHealth(name: string): PropertyDecorator & ParameterDecorator {
  return Inject(getSessionsHealthToken(name));
}
