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
  private timer: NodeJS.Timeout | undefined;
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
    clearTimeout(this.timer);
    if (this.round) await settleWithin([this.round], STOP_TIMEOUT_MS);
  }

  private schedule(pauseMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.rounds();
    }, pauseMs);
  }

  /** One round, and further ones as long as there is more to do. */
  private async rounds(): Promise<void> {
    while (!this.stopped && (await this.run())) {
      // Not a timer, because Node may run several timers that have become due before it reads from sockets.
      await new Promise(setImmediate);
    }
    this.schedule(this.settings.pauseMs);
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
