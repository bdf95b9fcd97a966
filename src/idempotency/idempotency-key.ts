import {
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
  ValidationFailedException,
} from '../exceptions/index.js';
import { isStorableText } from '../json/json-safety.js';
import { breathe } from '../timing/breathe.js';
import { hashJson } from './body-hash.js';

const MAX_LENGTH = 255;

/** A request with an `Idempotency-Key`: repeats have no further effect. */
export interface IdempotentRequest {
  /** Digest of the key with its module, owner, operation and session. */
  id: string;
  /** Hash of the body, to detect another body under the same key. */
  bodyHash: string;
  /** The body of the first answer, replayed to repeats. */
  answer: object;
}

/** Reasons for which a request was not executed because of its key. */
export type IdempotencyOutcome =
  /** With the time at which the session was created. */
  | { outcome: 'replayed'; answer: object; sessionCreatedAt: string }
  | { outcome: 'key_reused' }
  | { outcome: 'key_in_progress' };

/** A key is unique within these. */
export interface IdempotencyScope {
  module: string;
  owner?: string;
  /** `ask` is a message of a UI protocol's client, whose id is the key. */
  operation: 'create' | 'send' | 'resume' | 'ask';
  /** Absent for operations that do not concern a session. */
  sessionId?: string;
}

/** Undefined without a key; an empty key counts as absent. Throws ValidationFailedException. */
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

/**
 * The first answer, for a repeat of its request. Throws if the key was used for another body or the first request is
 * still in progress.
 */
export function firstAnswer(repeated: IdempotencyOutcome): { answer: object; sessionCreatedAt: string } {
  switch (repeated.outcome) {
    case 'replayed':
      return repeated;
    case 'key_reused':
      throw new IdempotencyKeyReusedException();
    case 'key_in_progress':
      throw new IdempotencyInProgressException();
  }
}
