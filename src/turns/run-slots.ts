import { Slots } from '../timing/slots.js';

/** A slot that a turn has taken. */
export interface RunSlot {
  /** The agent has ended, so its slot is free for the next turn, unless as many ends as slots are being written. */
  agentEnded: () => void;
  /** Frees the slot, if that has not happened yet. To be called once, when the turn needs nothing more. */
  release: () => void;
}

/**
 * The slots of this process for agents. The end of a turn is written without a slot, because the next agent need not
 * wait for the database. The number of such turns is limited to the number of slots, so that a database that does not
 * respond also stops the start of further turns.
 */
export class RunSlots {
  private readonly slots: Slots;
  /** The number of turns whose ends are being written without a slot. */
  private ending = 0;

  constructor(readonly size: number) {
    this.slots = new Slots(size);
  }

  /** The number of slots that are free now. */
  get free(): number {
    return this.slots.free;
  }

  /** Takes a slot; undefined if none is free. */
  tryTake(): RunSlot | undefined {
    return this.slots.tryAcquire() ? this.taken() : undefined;
  }

  /** Waits for a slot; undefined if none was free within the time (ms), or if closed first. */
  async take(time?: number): Promise<RunSlot | undefined> {
    return (await this.slots.acquire(time)) ? this.taken() : undefined;
  }

  /** Grants no further slots. */
  close(): void {
    this.slots.close();
  }

  private taken(): RunSlot {
    let isEnding = false;
    return {
      agentEnded: () => {
        if (this.ending >= this.size) return;
        isEnding = true;
        this.ending++;
        this.slots.release();
      },
      release: () => {
        if (isEnding) this.ending--;
        else this.slots.release();
      },
    };
  }
}
