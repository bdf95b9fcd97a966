import type { TurnProcessor } from '../turn.processor.js';
import type { TurnQueue } from './turn-queue.js';

/** Rings within the process. The worker lets turns wait for a free slot in the order in which they came. */
export class InProcessTurnQueue implements TurnQueue {
  private processor: TurnProcessor | undefined;

  ring(turnId: string): void {
    void this.processor?.process({ data: { turnId } });
  }

  consume(_concurrency: number, processor: TurnProcessor): void {
    this.processor = processor;
  }

  pause(): Promise<void> {
    this.processor = undefined;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.pause();
  }

  isUp(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
