import { ValidationFailedException } from '../exceptions/index.js';
import { isStorableText } from '../json/json-safety.js';
import type { SessionScope } from './session-scope.js';

/** Maximum length that an index can hold on every dialect. */
const MAX_OWNER_LENGTH = 255;

/** The description of a valid owner in error messages. */
export const OWNER_FORM = `a text of 1 to ${MAX_OWNER_LENGTH} characters`;

/** What is wrong with an option that is no owner. */
export const OWNER_PROBLEM = `owner must be ${OWNER_FORM}, or left out for all owners`;

/** Whether a value is a valid owner, stored without loss. */
export function isOwner(owner: unknown): owner is string {
  return (
    typeof owner === 'string' && owner !== '' && owner.length <= MAX_OWNER_LENGTH && isStorableText(owner)
  );
}

/** The scope of a call of the service. Throws ValidationFailedException for an invalid owner. */
export function scopeOf({ owner }: { owner?: string }): SessionScope {
  if (owner !== undefined && !isOwner(owner)) {
    throw new ValidationFailedException([OWNER_PROBLEM]);
  }
  return { owner };
}
