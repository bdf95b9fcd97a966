import type { SessionScope } from '../owners/session-scope.js';

const scopes = new WeakMap<object, SessionScope>();

/** Settles which sessions there are for a request. */
export function rememberScope(request: object, scope: SessionScope): void {
  scopes.set(request, scope);
}

/**
 * Which sessions there are for a request; for one that no guard has settled it for, none and not all. It is no
 * parameter decorator, since a host's pipes see what those give and may change it.
 */
export function scopeOfRequest(request: object): SessionScope {
  const scope = scopes.get(request);
  if (!scope) throw new Error('The OwnerGuard has not seen this request');
  return scope;
}
