import type { SessionStatus } from '../../sessions/session.js';
import type { SessionCursor } from '../../sessions/session.store.js';
import { alive, SCOPE, scoped } from './conditions.js';
import type { Dialect } from './dialect.js';
import { messageBatch } from './message-batch.js';
import type { Parameters, Values } from './statement.js';

/** The optional filters of a list of sessions. */
export interface SessionFilters {
  owner: string;
  status: SessionStatus;
  after: SessionCursor;
}

const CONDITIONS = {
  owner: { parameters: { owner: 'text' }, text: 's.owner = :owner' },
  status: { parameters: { status: 'text' }, text: 's.status = :status' },
  after: {
    parameters: { createdAt: 'bigint', id: 'uuid' },
    text: '(s.created_at, s.id) < (:createdAt, :id)',
  },
} as const;

const FILTERS = ['owner', 'status', 'after'] as const;

const PAGE = { module: 'text', ttl: 'bigint?', limit: 'int' } as const;

/** Whether a list has an owner, a status, and a session after which it continues. */
type Choice = `${boolean} ${boolean} ${boolean}`;

const BOTH = [false, true];

/**
 * A statement for each choice of filters, because a condition such as `:owner IS NULL OR s.owner = :owner` keeps the
 * database from using the index. A status has no index: the list is read newest first until the page is full.
 */
function listStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  type Given = Values<typeof PAGE & Clock> & Partial<Omit<SessionFilters, 'after'> & SessionCursor>;
  const list = (...choice: boolean[]) => {
    const filters = FILTERS.filter((_, index) => choice[index]);
    let parameters: Parameters = { ...PAGE, ...dialect.clock };
    let where = `s.module = :module AND ${alive(dialect)}`;
    for (const filter of filters) {
      parameters = { ...parameters, ...CONDITIONS[filter].parameters };
      where += ` AND ${CONDITIONS[filter].text}`;
    }
    const text = `
      SELECT s.id, s.status, s.message_count, s.created_at FROM agent_session s WHERE ${where}
      ORDER BY s.created_at DESC, s.id DESC LIMIT :limit`;
    return dialect.statement(['list_sessions', ...filters].join('_'), parameters, text);
  };
  const choices = Object.fromEntries(
    BOTH.flatMap((owner) =>
      BOTH.flatMap((status) =>
        BOTH.map((after) => [`${owner} ${status} ${after}`, list(owner, status, after)]),
      ),
    ),
  ) as Record<Choice, (values: Given) => Query>;
  return (page: Values<typeof PAGE & Clock>, { owner, status, after }: Partial<SessionFilters>): Query =>
    choices[`${owner !== undefined} ${status !== undefined} ${after !== undefined}`]({
      ...page,
      owner,
      status,
      ...after,
    });
}

/** The statements on sessions that both dialects share. */
export function sessionStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, statement } = dialect;
  const session = { ...SCOPE, ...clock };

  return {
    FIND: statement(
      'find_session',
      session,
      `SELECT id, status, response, error, metadata FROM agent_session s WHERE ${scoped(dialect)}`,
    ),

    /** The session's row for each message of the batch, or alone if the batch is empty. */
    HISTORY: statement(
      'session_history',
      { ...session, after: 'int', limit: 'int', bytes: 'bigint' },
      `SELECT s.history_version, s.message_count, m.position, m.role, m.content, m.details
       FROM agent_session s LEFT JOIN (${messageBatch(':id')}
       ) m ON m.session_id = s.id
       WHERE ${scoped(dialect)}
       ORDER BY m.position`,
    ),

    EXPIRED: statement(
      'expired_sessions',
      { module: 'text', ttl: 'bigint', limit: 'int', except: 'uuid[]', ...clock },
      `SELECT id FROM agent_session
       WHERE module = :module AND settled_at <= ${dialect.nowOnce} - :ttl AND status IN ('idle', 'error')
         AND ${dialect.noneOf('id', ':except')}
       ORDER BY settled_at LIMIT :limit`,
    ),

    STILL_RUNNING: statement(
      'still_running_sessions',
      { ids: 'uuid[]' },
      `SELECT id FROM agent_session WHERE ${dialect.oneOf('id', ':ids')} AND status = 'running'`,
    ),

    COUNT: statement(
      'count_sessions',
      { module: 'text', ttl: 'bigint?', ...clock },
      `SELECT count(*) AS total FROM agent_session s WHERE s.module = :module AND ${alive(dialect)}`,
    ),

    LIST: listStatements(dialect),
  };
}
