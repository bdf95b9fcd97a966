import { after, MAX_TIMER_MS } from './timers.js';

/**
 * A limit on a wait: ends at a time-out or when a signal is aborted, whichever comes first. A time-out longer than
 * timers support is none.
 */
export class WaitLimit {
  /** Resolves when the limit is reached. */
  readonly ended: Promise<undefined>;

  private readonly stopTimer: () => void;
  private stopListening: () => void = () => undefined;

  constructor(limits: { timeout?: number; signal?: AbortSignal }) {
    let end!: () => void;
    this.ended = new Promise((resolve) => {
      end = () => {
        resolve(undefined);
      };
    });
    const { timeout = Infinity, signal } = limits;
    this.stopTimer = after(timeout > MAX_TIMER_MS ? undefined : timeout, end);
    if (!signal) return;
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.stopListening = () => {
      signal.removeEventListener('abort', end);
    };
  }

  stop(): void {
    this.stopTimer();
    this.stopListening();
  }
}
