import { settleWithin, withDeadline } from './timers.js';

/** Settings of a {@link Duty}. */
export interface DutySettings {
  /** Pause between the end of one round and the start of the next. */
  pauseMs: number;
  /** Time limit of a round; after it the round is abandoned and the next one is scheduled. */
  deadlineMs: number;
  /** Called for each round that fails or takes too long. */
  onError: (error: unknown) => void;
  /** Called for the first round that succeeds after a failure. */
  onRecovery: () => void;
}

/** How long `stop()` waits for the current round. */
const STOP_TIMEOUT_MS = 500;

/** Periodic work that continues after errors. Each duty has its own timer, so that none delays another. */
export class Duty {
  private cancelNext: () => void = () => undefined;
  private round: Promise<void> | undefined;
  private stopped = false;
  private isFailing = false;

  constructor(
    /** Resolves with whether there is more to do; the next round then starts without a pause. */
    private readonly work: () => Promise<boolean>,
    private readonly settings: DutySettings,
  ) {}

  start(): void {
    this.schedule(0);
  }

  /** Starts no further round, and waits for the current one for a limited time. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelNext();
    if (this.round) await settleWithin([this.round], STOP_TIMEOUT_MS);
  }

  private schedule(pauseMs: number): void {
    if (this.stopped) return;
    const begin = () => {
      this.round = this.run().then((hasMore) => {
        this.schedule(hasMore ? 0 : this.settings.pauseMs);
      });
    };
    if (pauseMs === 0) {
      // Not a timer, because Node may run several timers that have become due before it reads from sockets.
      const immediate = setImmediate(begin);
      this.cancelNext = () => {
        clearImmediate(immediate);
      };
    } else {
      const timer = setTimeout(begin, pauseMs);
      this.cancelNext = () => {
        clearTimeout(timer);
      };
    }
  }

  private async run(): Promise<boolean> {
    const { deadlineMs, onError, onRecovery } = this.settings;
    try {
      const hasMore = await withDeadline(this.work(), deadlineMs);
      if (this.isFailing) onRecovery();
      this.isFailing = false;
      return hasMore;
    } catch (error) {
      this.isFailing = true;
      onError(error);
      return false;
    }
  }
}
