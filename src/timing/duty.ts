import { settleWithin, withDeadline } from './timers.js';

/** How a {@link Duty} goes about its work. Times are in ms. */
export interface DutySettings {
  /** Between the end of one round and the begin of the next. */
  pauseMs: number;
  /** How long a round may take; then it is left alone, and the next one comes. */
  deadlineMs: number;
  /** Hears of a round that failed or took too long. */
  onError: (error: unknown) => void;
  /** Hears of the first round after that which did not. */
  onRecovery: () => void;
}

/** How long a round under way is waited for when the duty stops, in ms. */
const STOP_MS = 500;

/**
 * Work that is done again and again, whatever comes of it. Each duty has its own timer, so that none waits for
 * another.
 */
export class Duty {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;
  private stopped = false;
  private isFailing = false;

  constructor(
    /** Resolves with whether there is more to do, so that the next round comes without a pause. */
    private readonly work: () => Promise<boolean>,
    private readonly settings: DutySettings,
  ) {}

  start(): void {
    this.schedule(0);
  }

  /** Begins no further round. In bounded time. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.round) await settleWithin([this.round], STOP_MS);
  }

  private schedule(pauseMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.run().then((hasMore) => {
        this.schedule(hasMore ? 0 : this.settings.pauseMs);
      });
    }, pauseMs);
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
