import type { Type } from '@nestjs/common';

/**
 * The controllers of a module, which are added when the HTTP adapter is loaded. To Nest's `deep-hash` of modules they
 * are nothing: it would give the module another identity once they are there.
 */
export class LateControllers extends Array<Type<unknown>> {
  toJSON(): unknown[] {
    return [];
  }
}
