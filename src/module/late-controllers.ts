import type { Type } from '@nestjs/common';

/**
 * The controllers of a module, added when the HTTP adapter is loaded. They are hidden from Nest's `deep-hash` of
 * modules, because it would give the module another identity once they are added.
 */
export class LateControllers extends Array<Type<unknown>> {
  toJSON(): unknown[] {
    return [];
  }
}
