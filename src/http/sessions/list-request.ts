import { ValidationFailedException } from '../../exceptions/index.js';
import type { ListOptions } from '../../sessions/call-options.js';
import type { SessionCursor } from '../../sessions/session.store.js';
import { LIST_ORDERS } from '../../sessions/session.js';
import { allValid } from '../../validation/validated.js';
import { QueryPipe } from '../pipes.js';
import { decodeCursor } from './list-cursor.js';
import { ListSessionsQueryDto } from './list-sessions-query.dto.js';
import { readMetadata } from './metadata-query.js';

/** The query of a list as parsed by the host; an interface, which a global ValidationPipe of the host skips. */
export interface ParsedQuery {
  order?: unknown;
  cursor?: unknown;
}

const PIPE = new QueryPipe(ListSessionsQueryDto);

/** The sessions to list. Throws ValidationFailedException, whose message names all bad parameters. */
export function readListRequest(parsed: ParsedQuery, text: string): ListOptions {
  const [{ limit, status, order }, after, metadata] = allValid(
    () => PIPE.transform(parsed),
    () => readCursor(parsed),
    () => readMetadata(text),
  );
  return { limit, status, order, after, metadata };
}

/** A wrong order is named apart, and the cursor may then be one of any order. */
function readCursor({ order = 'created', cursor }: ParsedQuery): SessionCursor | undefined {
  if (typeof cursor !== 'string') return undefined;
  const asked = LIST_ORDERS.filter((one) => one === order);
  for (const possible of asked.length > 0 ? asked : LIST_ORDERS) {
    const decoded = decodeCursor(cursor, possible);
    if (decoded) return decoded;
  }
  throw new ValidationFailedException(['cursor must be one that a list in the same order has returned']);
}
