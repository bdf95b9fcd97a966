import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

type Clock = Pick<Dialect<Parameters, unknown>, 'nowOnce'>;

/**
 * The modules of sessions that are removed while some of their rows remain, which only SQLite has: deleted ones, expired
 * ones, and those whose row the database does not let go. No module can have these names.
 */
export const REMOVED_MODULES = { deleted: ' deleted', expired: ' expired', kept: ' kept' } as const;

/** The parameters by which a statement finds a session: id, module, owner and time to live. */
export const SCOPE = { id: 'uuid', module: 'text', owner: 'text?', ttl: 'bigint?' } as const;

/** Whether session `s` has not expired; `:ttl` (microseconds or null) limits its life. */
export function alive({ nowOnce }: Clock): string {
  return `(:ttl IS NULL OR s.status IN ('running', 'interrupted') OR s.settled_at > ${nowOnce} - :ttl)`;
}

/** Whether session `s` matches {@link SCOPE}: this id, module and owner (null: any), and not expired. */
export function scoped(clock: Clock): string {
  return `s.id = :id AND s.module = :module AND (:owner IS NULL OR s.owner = :owner) AND ${alive(clock)}`;
}
