import {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
  ValidationFailedException,
} from '../exceptions/index.js';
import { isStorableText } from '../json/json-safety.js';
import { breathe } from '../timing/breathe.js';
import { hashJson } from './body-hash.js';

const MAX_LENGTH = 255;

/** A request that has one effect however often it is sent. */
export interface IdempotentRequest {
  /** Stands for the key within its module, owner, operation and session. */
  id: string;
  /** Stands for the body, so that another one under the same key is noticed. */
  bodyHash: string;
  /** The body of the first answer, which repeats are answered with. */
  answer: object;
}

/** Why a request was not carried out because of its key. */
export type IdempotencyOutcome =
  { outcome: 'replayed'; answer: object } | { outcome: 'key_reused' } | { outcome: 'key_in_progress' };

/** What a key is unique within. */
export interface IdempotencyScope {
  module: string;
  owner?: string;
  operation: 'create' | 'send';
  /** Absent for operations on no session. */
  sessionId?: string;
}

/** Undefined without a key; an empty one counts as none. Throws ValidationFailedException. */
export async function idempotentRequest(
  key: string | undefined,
  scope: IdempotencyScope,
  body: unknown,
  answer: object,
): Promise<IdempotentRequest | undefined> {
  if (key === undefined || key === '') return undefined;
  if (key.length > MAX_LENGTH || !isStorableText(key)) {
    throw new ValidationFailedException([`Idempotency-Key must have at most ${MAX_LENGTH} characters`]);
  }
  const { module, owner = null, operation, sessionId = null } = scope;
  const { digest: bodyHash, length } = hashJson([body]);
  await breathe(length);
  return { id: hashJson([module, owner, operation, sessionId, key]).digest, bodyHash, answer };
}

/** What a repeat of a request is answered with. */
export function firstAnswer(repeated: IdempotencyOutcome): object {
  switch (repeated.outcome) {
    case 'replayed':
      return repeated.answer;
    case 'key_reused':
      throw new IdempotencyKeyReusedException();
    case 'key_in_progress':
      throw new IdempotencyInProgressException();
  }
}
