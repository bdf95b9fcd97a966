import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

type Clock = Pick<Dialect<Parameters, unknown>, 'nowOnce'>;

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
