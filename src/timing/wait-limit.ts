import { after } from './timers.js';

/** A limit on a wait: ends at a time-out or when a signal is aborted, whichever comes first. */
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
    this.stopTimer = after(limits.timeout, end);
    const { signal } = limits;
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
