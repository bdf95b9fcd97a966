import type { AboutEvent, AgentEvent, SessionEvent } from '../events/session-event.js';
import type { TurnRecord } from '../turns/turn.js';
import { AgentSessionsError } from './agent-sessions.error.js';
import type { EventsOptions } from './calls.js';
import { EventConnection } from './event-connection.js';
import type { HttpRequests } from './http-requests.js';
import { isTemporary, pause, repeat } from './repeats.js';

/** The pause before a new connection until the server names one. */
const RETRY_MS = 1_000;

/** The longest pause while the server cannot be reached. */
const MAX_RETRY_MS = 20_000;

/**
 * Follows a session's log over as many connections as it takes, and gives each event once. `path` is the session's.
 * Once it was connected, it tries for ever.
 */
export async function* sessionEvents<Own extends AgentEvent>(
  requests: HttpRequests,
  path: string,
  { after, turn, signal }: EventsOptions,
): AsyncGenerator<SessionEvent<Own>, void, undefined> {
  let position = after;
  let connection: EventConnection | undefined;
  let failures = 0;
  let turnHasEnded = false;
  const open = () => {
    const headers = {
      accept: 'text/event-stream',
      ...(connection && position !== undefined ? { 'last-event-id': String(position) } : {}),
    };
    return EventConnection.open(requests, {
      method: 'GET',
      path: `${path}/events`,
      query: { after, turn },
      headers,
      signal,
    });
  };

  for (let retry = RETRY_MS; ;) {
    try {
      connection = await (connection ? open() : repeat(open, signal));
      failures = 0;
      let came = false;
      for await (const { data } of connection.events()) {
        const event = parsed(data) as SessionEvent<Own>;
        if (event.id <= (position ?? 0)) continue;
        position = event.id;
        came = true;
        yield event;
        if (isLast(event, turn)) return;
      }
      // The turn's end may lie before the position, or it came between a clean end of the stream and now.
      if (turnHasEnded && !came) return;
      turnHasEnded = turn !== undefined && !came && (await hasEnded(requests, path, turn, signal));
    } catch (error) {
      if (!connection || !isTemporary(error)) throw error;
      failures++;
    }
    // An id without data is a position as well.
    position = Math.max(position ?? 0, Number(connection.parser.lastEventId)) || position;
    retry = connection.parser.retry ?? retry;
    const longer = Math.min(retry * 2 ** Math.max(failures - 1, 0), Math.max(retry, MAX_RETRY_MS));
    await pause(longer * (1 + Math.random() / 4), signal);
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new AgentSessionsError(
      'The stream has an event that is not JSON',
      200,
      'unexpected_response',
      data,
    );
  }
}

function isLast({ type, turn_id }: AboutEvent & { type: string }, turn: string | undefined): boolean {
  if (type === 'session.deleted') return true;
  return turn_id === turn && (type === 'turn.completed' || type === 'turn.failed');
}

async function hasEnded(
  requests: HttpRequests,
  path: string,
  turn: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const read = { method: 'GET', path: `${path}/turns/${encodeURIComponent(turn)}`, signal } as const;
  const { status } = (await requests.repeated<TurnRecord>(read)).body;
  return ['completed', 'failed', 'cancelled'].includes(status);
}
