import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

type Clock = Pick<Dialect<Parameters, unknown>, 'nowOnce'>;

/** The parameters by which a statement finds a session: its id, the module, whose it must be, and how long it lives. */
export const SCOPE = { id: 'uuid', module: 'text', owner: 'text?', ttl: 'bigint?' } as const;

/** That session `s` has not expired, where `:ttl` (microseconds or null) limits its life. */
export function alive({ nowOnce }: Clock): string {
  return `(:ttl IS NULL OR s.status IN ('running', 'interrupted') OR s.settled_at > ${nowOnce} - :ttl)`;
}

/** That session `s` is the one of {@link SCOPE}: of this id, module and owner (null: any), and not expired. */
export function scoped(clock: Clock): string {
  return `s.id = :id AND s.module = :module AND (:owner IS NULL OR s.owner = :owner) AND ${alive(clock)}`;
}
