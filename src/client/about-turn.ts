import type { Session } from '../sessions/session.js';
import type { TurnRecord } from '../turns/turn.js';
import { pathOf } from './addresses.js';
import type { HttpRequests } from './http-requests.js';

/**
 * A session that was read when a turn had ended, as it was at that end: another turn may have followed, and the session
 * is about that one.
 */
export async function aboutTurn(
  requests: HttpRequests,
  session: Session,
  turnId: string,
  signal: AbortSignal | undefined,
): Promise<Session> {
  // Other servers of this API have no turns.
  if ((turnId as string | undefined) === undefined || session.turn_id === turnId) return session;
  const path = `${pathOf(session.session_id)}/turns/${turnId}`;
  const { status, response, error } = (await requests.read<TurnRecord>({ path, signal })).body;
  return { ...session, turn_id: turnId, status: status === 'completed' ? 'idle' : 'error', response, error };
}
