import { ValidationFailedException } from '../exceptions/index.js';
import { isStorableText } from '../json/json-safety.js';
import type { SessionScope } from './session-scope.js';

/** What an index of every dialect takes. */
const MAX_OWNER_LENGTH = 255;

/** What an owner is, as errors call it. */
export const OWNER_FORM = `a text of 1 to ${MAX_OWNER_LENGTH} characters`;

/** Whether a value can stand for who a session belongs to, and is told from every other one. */
export function isOwner(owner: unknown): owner is string {
  return (
    typeof owner === 'string' && owner !== '' && owner.length <= MAX_OWNER_LENGTH && isStorableText(owner)
  );
}

/** Which sessions a call of the service may see. Throws ValidationFailedException for an owner that can be none. */
export function scopeOf({ owner }: { owner?: string }): SessionScope {
  if (owner !== undefined && !isOwner(owner)) {
    throw new ValidationFailedException([`owner must be ${OWNER_FORM}, or left out for all owners`]);
  }
  return { owner };
}
