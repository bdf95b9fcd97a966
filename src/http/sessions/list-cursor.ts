import { canonicalUuid } from '../../validation/session-id.js';
import type { SessionCursor } from '../../sessions/session.store.js';

type Order = 'created' | 'updated';

/** What a cursor begins with, so that one of a list in another order is refused. */
const PREFIX: Record<Order, string> = { created: '', updated: 'u ' };

/** A cursor in the opaque form for clients. */
export function encodeCursor({ at, id }: SessionCursor, order: Order): string {
  return Buffer.from(`${PREFIX[order]}${at} ${id}`).toString('base64url');
}

/** Undefined for any text that {@link encodeCursor} did not create for this order. */
export function decodeCursor(text: string, order: Order): SessionCursor | undefined {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const [at = '', id = ''] = decoded.slice(PREFIX[order].length).split(' ');
  const uuid = canonicalUuid(id);
  if (!decoded.startsWith(PREFIX[order]) || !/^\d{1,16}$/.test(at) || uuid === undefined) return undefined;
  return { at: Number(at), id: uuid };
}
