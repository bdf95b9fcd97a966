import type { SessionScope } from '../owners/session-scope.js';

const scopes = new WeakMap<object, SessionScope>();

/** Stores the owner scope of a request. */
export function rememberScope(request: object, scope: SessionScope): void {
  scopes.set(request, scope);
}

/**
 * The owner scope of a request. Throws if OwnerGuard has not run (fail closed). Not a parameter decorator, because a
 * host's pipes receive the values of those and may change them.
 */
export function scopeOfRequest(request: object): SessionScope {
  const scope = scopes.get(request);
  if (!scope) throw new Error('The OwnerGuard has not seen this request');
  return scope;
}
