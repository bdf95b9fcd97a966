import { createHash } from 'node:crypto';

/** The id of the message that started a turn: known from its acceptance, whether or not it is recorded later. */
export function messageIdOf(turnId: string): string {
  return derivedId(`message of ${turnId}`);
}

/** A UUID of version 8 that is always the same for the same text. */
export function derivedId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
