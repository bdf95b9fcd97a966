import { SESSION_STATUSES } from '../../sessions/session.js';
import type { SessionListQuery } from '../../sessions/session.store.js';
import { alive } from './conditions.js';
import type { Dialect } from './dialect.js';
import type { Parameters, Values } from './statement.js';

/** `:limit` includes the row that shows that there is a next page; `:bytes` limits the metadata of a page. */
const PAGE = { module: 'text', ttl: 'bigint?', limit: 'int', bytes: 'bigint' } as const;

const OWNER = { owner: 'text' } as const;
const STATUS = { status: 'text' } as const;
const AFTER = { at: 'bigint', id: 'uuid' } as const;
/** `:wanted` is the number of keys; `:budget` is how many sessions are read at most to find those whose metadata has the entries. */
const METADATA = { keys: 'text[]', values: 'text[]', wanted: 'int', budget: 'int' } as const;
const ENTRY = { key: 'text', value: 'text' } as const;

/**
 * Where a list filtered by metadata looks for its sessions: among those with its first entry, or among all, in the
 * list's order.
 */
export type Search = 'entry' | 'all';

/** What distinguishes the statements of lists. */
interface Choice {
  order: 'created' | 'updated';
  hasOwner: boolean;
  hasStatus: boolean;
  /** Undefined without a filter by metadata. */
  search: Search | undefined;
  continues: boolean;
}

const BOTH = [false, true];

const CHOICES: Choice[] = (['created', 'updated'] as const)
  .flatMap(
    (order) =>
      BOTH.flatMap((hasOwner) =>
        BOTH.flatMap((hasStatus) =>
          ([undefined, 'entry', 'all'] as const).flatMap((search) =>
            BOTH.map((continues) => ({ order, hasOwner, hasStatus, search, continues })),
          ),
        ),
      ),
    // The index of entries has the order of creation, so nothing else is needed for that.
  )
  .filter(({ order, search }) => order === 'updated' || search !== 'all');

function nameOf({ order, hasOwner, hasStatus, search, continues }: Choice): string {
  const filters = { owner: hasOwner, status: hasStatus, [`metadata_${search}`]: search, after: continues };
  const names = Object.entries(filters).flatMap(([name, given]) => (given ? [name] : []));
  return ['list', order, ...names].join('_');
}

/** The order and filters of a list, and where it looks. */
export type ListQuery = SessionListQuery & { owner?: string; search?: Search };

/**
 * A statement for each choice of filters and order, because a condition such as `:owner IS NULL OR s.owner = :owner`
 * keeps the database from using an index.
 * A CROSS JOIN keeps SQLite from joining in another order.
 */
export function listStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const statements = new Map(
    CHOICES.map((choice) => {
      const name = nameOf(choice);
      const parameters = { ...dialect.clock, ...parametersOf(choice) };
      const text = page(
        choice.search ? searched(choice, dialect) : `found AS (${walk(choice, ':limit', dialect)})`,
      );
      return [name, dialect.statement(name, parameters, text)] as const;
    }),
  );
  return (base: Values<typeof PAGE & Clock>, query: ListQuery & { budget: number }): Query => {
    const { order = 'created', owner, status, metadata = [], after, budget } = query;
    const [first] = metadata;
    const search = first && (order === 'created' ? 'entry' : (query.search ?? 'entry'));
    const choice = {
      order,
      hasOwner: owner !== undefined,
      hasStatus: status !== undefined,
      search,
      continues: after !== undefined,
    };
    const checked = search === 'entry' ? metadata.slice(1) : metadata;
    const keys = checked.map(({ key }) => key);
    const values = checked.map(({ value }) => value);
    // The statement of a choice has exactly the parameters of what was chosen.
    const statement = statements.get(nameOf(choice)) as unknown as (given: object) => Query;
    return statement({
      ...base,
      ...(owner === undefined ? {} : { owner }),
      ...(status === undefined ? {} : { status }),
      ...(after && { at: after.at, id: after.id }),
      ...(first && { keys, values, wanted: keys.length, budget }),
      ...(search === 'entry' ? { ...first } : {}),
    });
  };
}

function parametersOf({ hasOwner, hasStatus, search, continues }: Choice): Parameters {
  return {
    ...PAGE,
    ...(hasOwner ? OWNER : {}),
    ...(hasStatus ? STATUS : {}),
    ...(search ? METADATA : {}),
    ...(search === 'entry' ? ENTRY : {}),
    ...(continues ? AFTER : {}),
  };
}

/**
 * The sessions of a page: of those `found`, as many as a size allows, added up before the texts are read. The last
 * row says how far a search has come, and is there without a session as well.
 */
function page(found: string): string {
  const hasSearch = found.includes('candidate');
  const row = `SELECT s.id, s.owner, s.status, s.message_count, s.metadata, s.last_turn_id, s.created_at, s.updated_at,
      sized.at, sized.place, sized.total`;
  const sized = `
    sized AS (
      SELECT id, at, sum(size) OVER (ORDER BY at DESC, id DESC) AS bytes,
        row_number() OVER (ORDER BY at DESC, id DESC) AS place, count(*) OVER () AS total
      FROM found
    )`;
  const from = `FROM sized CROSS JOIN agent_session s
    WHERE s.id = sized.id AND (sized.place = 1 OR sized.bytes <= :bytes)`;
  if (!hasSearch) return `WITH ${found}, ${sized} ${row} ${from}`;
  return `WITH ${found}, ${sized}, shown AS (${row} ${from})
    SELECT shown.*, searched.examined, searched.last_at, searched.last_id
    FROM (
      SELECT (SELECT count(*) FROM candidate) AS examined,
        (SELECT at FROM candidate ORDER BY at, id LIMIT 1) AS last_at,
        (SELECT id FROM candidate ORDER BY at, id LIMIT 1) AS last_id
    ) searched LEFT JOIN shown ON true`;
}

/** The sessions in the order of the list. Each index begins with the status, so all statuses are merged. */
function walk<Clock extends Parameters, Query>(
  choice: Choice,
  limit: string,
  dialect: Dialect<Clock, Query>,
): string {
  const order = `ORDER BY at DESC, id DESC LIMIT ${limit}`;
  if (choice.hasStatus) return `${walkOf(':status', choice, dialect)} ${order}`;
  const each = SESSION_STATUSES.map((status) => walkOf(`'${status}'`, choice, dialect));
  return dialect.merged(each, order);
}

const SIZE = 'coalesce(octet_length(s.metadata), 0) AS size';

function walkOf<Clock extends Parameters, Query>(
  status: string,
  { order, hasOwner, continues, search }: Choice,
  dialect: Dialect<Clock, Query>,
): string {
  const at = `s.${order}_at`;
  // A candidate is checked when it is read, so that its index suffices here.
  const more = search ? '' : `AND ${alive(dialect)}`;
  return `
    SELECT s.id AS id, ${at} AS at${search ? '' : `, ${SIZE}`} FROM agent_session s
    WHERE s.module = :module ${hasOwner ? 'AND s.owner = :owner' : ''} AND s.status = ${status}
      ${continues ? `AND (${at}, s.id) < (:at, :id)` : ''} ${more}`;
}

/**
 * The candidates, at most `:budget`, and those among them that match. Entries are counted, because PostgreSQL would
 * turn an EXISTS into a join with the whole table.
 */
function searched<Clock extends Parameters, Query>(choice: Choice, dialect: Dialect<Clock, Query>): string {
  const { order, hasStatus, continues, search } = choice;
  const candidates = search === 'all' ? walk(choice, ':budget', dialect) : walkOfEntry(choice);
  const at = `s.${order}_at`;
  return `candidate AS MATERIALIZED (${candidates}), found AS (
    SELECT s.id AS id, ${at} AS at, ${SIZE} FROM candidate CROSS JOIN agent_session s
    WHERE s.id = candidate.id AND ${alive(dialect)} ${hasStatus ? 'AND s.status = :status' : ''}
      ${continues ? `AND (${at}, s.id) < (:at, :id)` : ''} AND :wanted = (
        SELECT count(*) FROM ${dialect.pairs(':keys', ':values')} wanted CROSS JOIN agent_session_metadata o
        WHERE o.session_id = s.id AND o.key = wanted.one AND o.value = wanted.other
      )
    ORDER BY at DESC, id DESC LIMIT :limit
  )`;
}

function walkOfEntry({ order, hasOwner, continues }: Choice): string {
  const goesOn = order === 'created' && continues ? 'AND (m.created_at, m.session_id) < (:at, :id)' : '';
  return `
    SELECT m.session_id AS id, m.created_at AS at FROM agent_session_metadata m
    WHERE m.module = :module ${hasOwner ? 'AND m.owner = :owner' : ''} AND m.key = :key AND m.value = :value ${goesOn}
    ORDER BY m.created_at DESC, m.session_id DESC LIMIT :budget`;
}
