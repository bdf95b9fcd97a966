import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
import { SCOPE, scoped } from './conditions.js';
import type { Dialect } from './dialect.js';
import { messageBatch } from './message-batch.js';
import type { Parameters } from './statement.js';

/** Approximate size of a delivery's payload. */
const BYTES = `coalesce(octet_length(response), 0) + coalesce(octet_length(error), 0)
  + CASE WHEN message_count IS NULL OR history_bytes > ${SHOWN_HISTORY_BYTES} THEN 0 ELSE coalesce(history_bytes, 0) END`;

/** The messages that a delivery includes. */
const SHOWN = 'AND position < (SELECT message_count FROM agent_webhook_delivery WHERE id = :id)';

/** More than the number of any turn. */
const LAST_NUMBER = 2 ** 31 - 1;

/** A delivery and its claim. */
const CLAIMED = { id: 'uuid', claim: 'int' } as const;

/** The statements on deliveries that both dialects share. `claimable` is a further condition of a claim. */
export function deliveryStatements<Clock extends Parameters, Query>(
  dialect: Dialect<Clock, Query>,
  claimable = '',
) {
  const { clock, now, nowOnce, statement } = dialect;
  const session = { ...SCOPE, ...clock };
  const dueColumns = `id, origin, session_id, next_attempt_at, ${BYTES} AS bytes, next_attempt_at - ${nowOnce} AS wait`;
  const delivered = `agent_turn t JOIN agent_webhook_delivery d ON d.turn_id = t.id
    WHERE t.session_id = :id AND t.webhook IS NOT NULL`;
  /** `:ahead` and `:since` are in microseconds; `:afterAt` and `:afterId` are the end of the previous page. */
  const place = {
    module: 'text',
    ahead: 'bigint',
    since: 'bigint?',
    afterAt: 'bigint',
    afterId: 'uuid',
    scan: 'int',
  } as const;
  const isInPlace = `module = :module AND status = 'pending' AND next_attempt_at <= ${nowOnce} + :ahead
           AND next_attempt_at >= :afterAt AND (next_attempt_at, id) > (:afterAt, :afterId)
           AND next_attempt_at >= coalesce(${nowOnce} - :since, 0)`;
  const fitting = { sessions: 'uuid[]', largeTo: 'text[]', small: 'bigint', maxBytes: 'bigint' } as const;
  const fits = `${dialect.noneOf('session_id', ':sessions')}
         AND (bytes <= :small OR (bytes <= :maxBytes AND ${dialect.noneOf('origin', ':largeTo')}))`;
  const nextReceiver = (after: string) => `SELECT min(d.origin) FROM agent_webhook_delivery d
           WHERE d.module = :module AND d.status = 'pending' AND d.origin > ${after}`;
  const isDue = `module = :module AND status = 'pending' AND next_attempt_at <= ${nowOnce}`;

  return {
    DUE_OF_TURN: statement(
      'due_deliveries_of_turn',
      { turnId: 'uuid', module: 'text', ...clock },
      `SELECT ${dueColumns} FROM agent_webhook_delivery WHERE turn_id = :turnId AND ${isDue}`,
    ),

    /** Looks at the first `:scan` due deliveries, so that those which do not fit cannot take long. */
    DUE: statement(
      'due_deliveries',
      { ...place, ...fitting, origins: 'text[]', limit: 'int', ...clock },
      `SELECT * FROM (
         SELECT ${dueColumns} FROM agent_webhook_delivery WHERE ${isInPlace}
         ORDER BY next_attempt_at, id LIMIT :scan
       ) found
       WHERE ${dialect.noneOf('origin', ':origins')} AND ${fits}
       ORDER BY next_attempt_at, id LIMIT :limit`,
    ),

    MORE_DUE: statement(
      'more_due_deliveries',
      { ...place, ...clock },
      `SELECT 1 AS more FROM agent_webhook_delivery WHERE ${isInPlace}
       ORDER BY next_attempt_at LIMIT 1 OFFSET :scan`,
    ),

    /** Goes from each receiver to the next one in the index, so the number of deliveries of a receiver does not matter. */
    RECEIVERS: statement(
      'pending_receivers',
      { module: 'text', after: 'text', limit: 'int' },
      `WITH RECURSIVE receiver (origin, place) AS (
         SELECT (${nextReceiver(':after')}), 1
         UNION ALL
         SELECT (${nextReceiver('receiver.origin')}), place + 1 FROM receiver
         WHERE receiver.origin IS NOT NULL AND place < :limit
       )
       SELECT origin FROM receiver WHERE origin IS NOT NULL`,
    ),

    // PostgreSQL would use the index of all receivers for an equality and the order of due times alone.
    OF_RECEIVERS: statement(
      'due_deliveries_of_receivers',
      {
        module: 'text',
        ahead: 'bigint',
        since: 'bigint?',
        ...fitting,
        receivers: 'text[]',
        each: 'int',
        limit: 'int',
        ...clock,
      },
      `SELECT * FROM (${dialect.firstOfEach(
        ':receivers',
        'agent_webhook_delivery',
        dueColumns,
        (receiver) => `module = :module AND status = 'pending'
           AND (origin, next_attempt_at) >= (${receiver}, coalesce(${nowOnce} - :since, 0))
           AND (origin, next_attempt_at) <= (${receiver}, ${nowOnce} + :ahead)
         ORDER BY origin, next_attempt_at LIMIT :each`,
      )}) found
       WHERE ${fits}
       ORDER BY next_attempt_at, id LIMIT :limit`,
    ),

    /** `:pauses` are the pauses after each attempt; `:note` is the entry of this attempt until it is recorded. */
    CLAIM: statement(
      'claim_delivery',
      {
        id: 'uuid',
        module: 'text',
        time: 'bigint',
        mostTries: 'int',
        pauses: 'bigint[]',
        note: 'text',
        ...clock,
      },
      `UPDATE agent_webhook_delivery
       SET claim = claim + 1, tries = ${dialect.least('tries + 1', ':mostTries')},
         attempts = CASE WHEN tries < :mostTries THEN
             substr(attempts, 1, length(attempts) - 1) || CASE WHEN attempts = '[]' THEN '' ELSE ',' END || :note || ']'
           ELSE attempts END,
         next_attempt_at = ${now} + :time + coalesce(${dialect.element(':pauses', 'tries')}, 0)
       WHERE id = :id AND ${isDue} ${claimable}
       RETURNING id, claim, session_id, turn_id, url, token, allow_private_addresses, tries, attempts, session_status,
         response, error, interrupts, message_count, history_bytes, trace_id, total_tokens, total_duration,
         (SELECT s.owner FROM agent_session s WHERE s.id = agent_webhook_delivery.session_id) AS owner,
         (SELECT t.traceparent FROM agent_turn t WHERE t.id = agent_webhook_delivery.turn_id) AS traceparent`,
    ),

    /**
     * The messages of the history in a delivery. Its turn identifies the session, because another session may have
     * its id by now.
     */
    HISTORY: statement(
      'delivery_history',
      { ...CLAIMED, sessionId: 'uuid', after: 'int', limit: 'int', bytes: 'bigint' },
      `SELECT d.message_count, m.position, m.role, m.content, m.details FROM agent_webhook_delivery d
       JOIN agent_turn t ON t.id = d.turn_id
       JOIN agent_session s ON s.id = t.session_id AND s.history_version = d.history_version
       LEFT JOIN (${messageBatch(':sessionId', SHOWN)}
       ) m ON m.session_id = s.id
       WHERE d.id = :id AND d.claim = :claim
       ORDER BY m.position`,
    ),

    KEPT_HISTORY: statement(
      'delivery_kept_history',
      CLAIMED,
      `SELECT messages FROM agent_webhook_delivery WHERE id = :id AND claim = :claim`,
    ),

    /** For an attempt whose claim was lost: replaces its entry, if that still exists. */
    RECORD_LATE: statement(
      'record_late_delivery_attempt',
      { id: 'uuid', note: 'text', attempt: 'text' },
      `UPDATE agent_webhook_delivery SET attempts = replace(attempts, :note, :attempt) WHERE id = :id`,
    ),

    RELEASE: statement(
      'release_delivery',
      { ...CLAIMED, attempts: 'text', ...clock },
      `UPDATE agent_webhook_delivery SET tries = tries - 1, attempts = :attempts, next_attempt_at = ${now}
       WHERE id = :id AND claim = :claim AND status = 'pending'`,
    ),

    /**
     * The session's row for each delivery of the page, or alone if the page is empty. A page ends with the last delivery
     * of a turn, because the next one begins after a turn: it may have more deliveries than its limit.
     */
    LIST: statement(
      'list_deliveries',
      { ...session, after: 'int', limit: 'int' },
      `SELECT d.id, d.number, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts, d.has_more
       FROM agent_session s LEFT JOIN (
         SELECT t.session_id, d.id, t.number, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts, d.created_at,
           EXISTS (SELECT 1 FROM ${delivered} AND t.number > page.last) AS has_more
         FROM (
           SELECT coalesce((
             SELECT t.number FROM ${delivered} AND t.number > :after ORDER BY t.number LIMIT 1 OFFSET :limit - 1
           ), ${LAST_NUMBER}) AS last
         ) page, ${delivered} AND t.number > :after AND t.number <= page.last
       ) d ON d.session_id = s.id
       WHERE ${scoped(dialect)}
       ORDER BY d.number, d.created_at, d.id`,
    ),

    /** No row if the session is not visible or has no such delivery: {@link SESSION} distinguishes the two. */
    REDELIVER: statement(
      'redeliver',
      { ...session, delivery: 'uuid', allowPrivateAddresses: 'boolean' },
      `UPDATE agent_webhook_delivery
       SET status = 'pending', claim = claim + 1, tries = 0, next_attempt_at = ${now},
         allow_private_addresses = :allowPrivateAddresses
       WHERE id = :delivery AND turn_id IN (
         SELECT t.id FROM agent_turn t JOIN agent_session s ON s.id = t.session_id WHERE ${scoped(dialect)}
       )
       RETURNING turn_id`,
    ),

    SESSION: statement(
      'session_of_deliveries',
      session,
      `SELECT s.id FROM agent_session s WHERE ${scoped(dialect)}`,
    ),
  };
}
