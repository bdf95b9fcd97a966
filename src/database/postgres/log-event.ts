/**
 * A CTE that logs an event of the turn in the CTE `turn`, in the statement that changes it. That CTE has `id`,
 * `session_id` and `attempt`, and the new `last_event_id` unless `id` is given. `data` is JSON text, or NULL if the
 * event's fields are read from the turn.
 */
export function logged(
  type: string,
  {
    name = 'logged',
    id = 'turn.last_event_id',
    attempt = 'nullif(turn.attempt, 0)',
    at,
    data = 'NULL',
    firstPosition = 'NULL',
    messageCount = 'NULL',
    from = 'turn',
  }: LoggedEvent,
): string {
  return `
    ${name} AS (
      INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at, data, first_position, message_count)
      SELECT turn.session_id, ${id}, '${type}', turn.id, ${attempt}, ${at}, ${data}, ${firstPosition}, ${messageCount}
      FROM ${from}
    )`;
}

/** The columns of an event as SQL expressions; each of them has a default but the time. */
export interface LoggedEvent {
  /** The name of the CTE. */
  name?: string;
  id?: string;
  attempt?: string;
  at: string;
  data?: string;
  firstPosition?: string;
  messageCount?: string;
  /** The CTEs that the expressions use, and on what it depends whether the event is logged. */
  from?: string;
}

/** What the update of a turn adds for one event. */
export const NEXT_EVENT = 'last_event_id = t.last_event_id + 1';

/** What such an update returns for {@link logged}. */
export const LOGGED_TURN = 't.id, t.session_id, t.attempt, t.last_event_id';

/**
 * A CTE that locks the session `:sessionId` against its removal only. An event refers to its session, so that
 * statements that lock a turn without its session lock this first: they could deadlock with a removal.
 */
export const KEPT_SESSION = `
    session AS (
      SELECT s.id FROM agent_session s WHERE s.id = :sessionId FOR KEY SHARE SKIP LOCKED
    )`;
