import type { Session } from '../sessions/session.js';
import type { WaitOptions } from './calls.js';
import type { HttpRequests } from './http-requests.js';
import { pause, repeat } from './repeats.js';

/** The time of one poll: shorter than the limits of proxies. */
const POLL_MS = 25_000;

/** After this time beyond its own a poll counts as lost, for example because a laptop slept. */
const GRACE_MS = 15_000;

/** The pause after a poll that was answered early: a server that stops answers all polls at once. */
const PAUSE_MS = 250;

/** Waits until a session no longer runs or the time is over, by as many polls as it takes. `path` is the session's. */
export async function waitForSession(
  requests: HttpRequests,
  path: string,
  { timeout = Infinity, signal }: WaitOptions,
): Promise<Session> {
  const begun = performance.now();
  for (let left = timeout; ;) {
    const ms = Math.ceil(Math.max(0, Math.min(POLL_MS, left)));
    const query = { wait: true, timeout: ms / 1000 };
    const { body } = await repeat(
      () =>
        requests.once<Session>({
          method: 'GET',
          path,
          query,
          signal,
          cut: AbortSignal.timeout(ms + GRACE_MS),
        }),
      signal,
    );
    left = timeout - (performance.now() - begun);
    if (body.status !== 'running' || left <= 0) return body;
    await pause(Math.min(PAUSE_MS, left), signal);
  }
}
