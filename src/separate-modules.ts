import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { invalidOption } from './invalid-option.js';

/** What tells a module from the others of its app. */
export interface ModuleIdentity {
  name: string;
  /** Where its routes are; undefined where it has none. */
  path?: string;
}

/** Injection token of the {@link ModuleIdentity}. */
export const MODULE_IDENTITY = Symbol.for('nestjs-agent-sessions:identity');

/**
 * Refuses to start an app in which two modules could not be told apart: they would share one queue and one set of
 * sessions, or one would hide the other's routes.
 */
@Injectable()
export class SeparateModules implements OnModuleInit {
  constructor(
    @Inject(MODULE_IDENTITY) private readonly own: ModuleIdentity,
    private readonly modules: ModulesContainer,
  ) {}

  onModuleInit(): void {
    const { name, path } = this.own;
    const all = [...this.modules.values()]
      .map((module) => module.providers.get(MODULE_IDENTITY)?.instance as ModuleIdentity | undefined)
      .filter((identity) => identity !== undefined);
    if (all.filter((other) => other.name === name).length > 1) {
      throw invalidOption('name', `is "${name}" in two modules of this app; give each a name or path of its own`);
    }
    if (path !== undefined && all.filter((other) => other.path === path).length > 1) {
      throw invalidOption('path', `is "${path}" in two modules of this app; give each a path of its own`);
    }
  }
}
