import type { NewInterrupt } from './recording.js';

/** Maximum number of questions that are pending at once, because a session shows all of them. */
const MAX_AT_ONCE = 100;

/**
 * The suspension of one run: collects its interrupts, such as those of a `Promise.all`, and waits for the steps that
 * began until the end of the tick, whose results would be lost. Then it is decided.
 */
export class Suspension {
  private readonly interrupts = new Map<string, NewInterrupt>();
  private inFlight = 0;
  private isScheduled = false;
  private closing = false;
  private readonly decided: Promise<void>;
  private decide!: () => void;

  /** `suspend` is called once, with all that is asked. */
  constructor(private readonly suspend: (interrupts: NewInterrupt[]) => void) {
    this.decided = new Promise((resolve) => (this.decide = resolve));
  }

  /** Whether no further steps may begin: they run after the answer. */
  get isClosing(): boolean {
    return this.closing;
  }

  private get isRequested(): boolean {
    return this.interrupts.size > 0;
  }

  /** The question of this run under a key. */
  find(key: string): NewInterrupt | undefined {
    return this.interrupts.get(key);
  }

  /** Questions over the limit are not asked: a later run, after the answers to the first ones, asks them. */
  request(interrupt: NewInterrupt): void {
    if (this.interrupts.size >= MAX_AT_ONCE) return;
    this.interrupts.set(interrupt.key, interrupt);
    this.schedule();
  }

  /** Delays the suspension until a step has ended and is recorded. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    this.inFlight++;
    try {
      return await step();
    } finally {
      this.inFlight--;
      if (this.isRequested) this.schedule();
    }
  }

  /** Resolves at once unless a suspension is requested, else when it is decided. */
  async settled(): Promise<void> {
    if (this.isRequested) await this.decided;
  }

  /** After a tick, in which the agent may ask more or begin further steps. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.closing = true;
      if (this.inFlight > 0) return;
      this.isScheduled = true;
      this.suspend([...this.interrupts.values()]);
      this.decide();
    });
  }
}
