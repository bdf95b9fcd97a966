import { Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { settleWithin } from '../timing/timers.js';
import type { RunningTurn } from './running-turn.js';

/** How long an agent may ignore its aborted signal before that is logged. */
const EXPECTED_MS = 1_000;

/** How long an agent that ignores its signal then keeps its slot. */
const KEEPS_SLOT_MS = 10_000;

/** Agents that still run although their runs were cut off. */
@Injectable()
export class LingeringAgents {
  private readonly logger = new ContainedLogger('Agents');
  private readonly stopping: Promise<void>;
  private stopWaiting: () => void = () => undefined;
  private running = 0;

  constructor() {
    this.stopping = new Promise((resolve) => (this.stopWaiting = resolve));
  }

  /** The number of such agents. */
  get count(): number {
    return this.running;
  }

  /** Waits for a run's agent, for as long as its slot is kept. Never rejects. */
  async outlast({ agent, label, isCutOff }: RunningTurn): Promise<void> {
    if (!isCutOff) return;
    this.running++;
    const ended = agent.then(() => {
      this.running--;
    });
    if (await this.endsWithin(ended, EXPECTED_MS)) return;
    this.logger.warn(`The agent still runs after its run was cut off, and keeps its slot: ${label}`);
    if (await this.endsWithin(ended, KEEPS_SLOT_MS)) return;
    this.logger.error(`The agent goes on without a slot, which another turn takes: ${label}`);
  }

  /** Ends all waits. */
  stop(): void {
    this.stopWaiting();
  }

  private async endsWithin(ended: Promise<void>, milliseconds: number): Promise<boolean> {
    return settleWithin([Promise.race([ended, this.stopping])], milliseconds);
  }
}
