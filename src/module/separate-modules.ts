import type { ModulesContainer } from '@nestjs/core';

import { invalidOption } from '../options/sessions-options.error.js';

/** The properties that distinguish a module from the others of its app. */
export interface ModuleIdentity {
  name: string;
  /** The path of its routes; undefined if it has none. */
  path?: string;
}

/** Injection token of the {@link ModuleIdentity}. */
export const MODULE_IDENTITY = Symbol.for('nestjs-agent-sessions:identity');

/**
 * Throws an Error that names the option by which two modules of an app conflict: they would share one queue and one
 * set of sessions, or one would hide the other's routes.
 */
export function checkSeparate({ name, path }: ModuleIdentity, modules: ModulesContainer): void {
  const all = [...modules.values()]
    .map((module) => module.providers.get(MODULE_IDENTITY)?.instance as ModuleIdentity | undefined)
    .filter((identity) => identity !== undefined);
  if (all.filter((other) => other.name === name).length > 1) {
    throw invalidOption(
      'name',
      `is "${name}" in two modules of this app; give each a name or path of its own`,
    );
  }
  if (path !== undefined && all.filter((other) => other.path === path).length > 1) {
    throw invalidOption('path', `is "${path}" in two modules of this app; give each a path of its own`);
  }
}
