import { text } from './option-checks.js';
import { invalidOption } from './sessions-options.error.js';
import type { SessionsStructure } from './sessions-structure.js';

/** The name of a module: the given one, otherwise its path. */
export function moduleName({ name, path }: Pick<SessionsStructure, 'name' | 'path'>): string {
  const resolved = name ?? routePrefix(path) ?? 'default';
  if (typeof resolved !== 'string' || !/^[\w./-]{1,100}$/.test(resolved)) {
    const byPath = name === undefined ? ` and cannot be taken from the path "${resolved}"` : '';
    throw invalidOption('name', `must be 1 to 100 letters, digits and . / - _${byPath}`);
  }
  return resolved;
}

/** A path without slashes around it; undefined if it is empty then. */
export function routePrefix(path: string | undefined): string | undefined {
  const prefix = path === undefined ? undefined : text('path', path).replace(/^\/+|\/+$/g, '');
  return prefix === '' ? undefined : prefix;
}
