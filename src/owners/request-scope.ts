import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import type { SessionScope } from '../sessions/session.store.js';

const scopes = new WeakMap<object, SessionScope>();

/** Settles which sessions there are for a request. */
export function rememberScope(request: object, scope: SessionScope): void {
  scopes.set(request, scope);
}

/**
 * Injects which sessions there are for the request. A request that no guard has settled it for gets none, and
 * not all.
 */
export const RequestScope = createParamDecorator(
  (_data: unknown, context: ExecutionContext): SessionScope => {
    const scope = scopes.get(context.switchToHttp().getRequest<object>());
    if (!scope) throw new Error('The OwnerGuard has not seen this request');
    return scope;
  },
);
