import { AgentSessionsError } from './agent-sessions.error.js';

/** How often a request is sent at most. */
const TRIES = 7;

/** The longest pause before the second try; it doubles with each further one. */
const FIRST_PAUSE_MS = 150;

/** The longest pause that a server may ask for by `Retry-After`. */
const MAX_ASKED_PAUSE_MS = 10_000;

/** Answers of servers, and of proxies before them, that may be another one soon. */
const TEMPORARY = [429, 502, 503, 504];

/**
 * Runs a request again after a lost connection and a temporary error, with growing pauses of random length: at most 7
 * times within about 9 s. `attempt` counts from 1.
 */
export async function repeat<T>(
  run: (attempt: number) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (attempt === TRIES || !isTemporary(error)) throw error;
      await pause(Math.max(askedPause(error), spread(FIRST_PAUSE_MS * 2 ** (attempt - 1))), signal);
    }
  }
}

/** Whether the same request may succeed soon. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof AgentSessionsError)) return false;
  const { status, code } = error;
  if (code === 'session_limit_reached') return false;
  return code === 'connection_failed' || code === 'idempotency_in_progress' || TEMPORARY.includes(status);
}

/** Between half of a time and all of it, so that the clients of a server that was restarted return one by one. */
export function spread(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The pause that a server asked for, within bounds. */
function askedPause(error: unknown): number {
  const { retryAfter = 0 } = error as Partial<AgentSessionsError>;
  return Math.min(retryAfter, MAX_ASKED_PAUSE_MS);
}
