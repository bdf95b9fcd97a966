import { ValidationFailedException } from '../../exceptions/index.js';
import { canonicalUuid } from '../../validation/session-id.js';
import type { SessionCursor } from '../../sessions/session.store.js';

/** A cursor in the opaque form for clients. */
export function encodeCursor({ createdAt, id }: SessionCursor): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url');
}

/** Throws ValidationFailedException for any text that {@link encodeCursor} did not create. */
export function decodeCursor(text: string): SessionCursor {
  const [createdAt = '', id = ''] = Buffer.from(text, 'base64url').toString('latin1').split(' ');
  const uuid = canonicalUuid(id);
  if (!/^\d{1,16}$/.test(createdAt) || uuid === undefined) {
    throw new ValidationFailedException(['cursor must be one that a list has returned']);
  }
  return { createdAt: Number(createdAt), id: uuid };
}
