import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { clientOf } from './redis/bull-connections.js';
import { bullInternals, closedByUs, closeQueue, containErrors, disconnect } from './redis/bull-lifecycle.js';

/** What a job of Bull's holds: where to look, and no more. */
export interface TurnJob {
  turnId: string;
}

/**
 * Bull's consumer of turn ids: of the queue of turns, and of the queue of turns that have left a webhook delivery. It
 * has no `@Processor` decorator, because Nest starts every decorated consumer that it finds, in processes that run no
 * turns too.
 */
export class TurnProcessor {
  private readonly logger = new Logger(TurnProcessor.name);
  private hasStarted = false;
  private isStopping = false;

  /** `failed` is called with every error of the queue and its connections. */
  constructor(
    private readonly queue: Queue<TurnJob>,
    failed: (error: unknown) => void,
  ) {
    closedByUs(queue);
    queue.on('error', failed);
  }

  /** Registers the process function. A job is done, and Bull takes the next one, when `handle` has settled. */
  start(concurrency: number, handle: (turnId: string) => Promise<void>): void {
    this.hasStarted = true;
    this.takeJobsOnly();
    this.queue
      .process(concurrency, (job) => handle(job.data.turnId))
      .catch((error: unknown) => {
        // A process that stops before it has reached Redis lacks nothing.
        if (this.isStopping) return;
        this.logger.error(`Bull has stopped handing out work; the sweeper goes on: ${String(error)}`);
      });
  }

  /** Takes no more jobs, at once and for good. Bull's own way would connect again and wait for that. */
  async pause(): Promise<void> {
    this.isStopping = true;
    if (!this.hasStarted) return;
    const bull = bullInternals(this.queue);
    const blocking = bull.bclient;
    bull.bclientInitialized = false;
    // Waits for nothing but a promise that is resolved already.
    const paused = this.queue.pause(true, true);
    void disconnect(blocking);
    await paused;
  }

  /** In bounded time. */
  async close(): Promise<void> {
    this.isStopping = true;
    if (this.hasStarted) await closeQueue(this.queue);
  }

  /**
   * Keeps Bull from what a consumer does beside taking jobs. To be called before `process()`.
   *
   * - Bull's event connection only reports delayed jobs, of which we have none. When it reconnects, ioredis subscribes
   *   again and catches no error: `NOAUTH` ends the process.
   * - Bull's timer for delayed jobs may start again while the queue is being closed.
   * - Bull names its connection and catches no error either.
   * - Its connections are made now: Bull would make them when it comes to them, even after the queue was closed.
   */
  private takeJobsOnly(): void {
    const bull = bullInternals(this.queue);
    const setWorkerName = bull.setWorkerName.bind(this.queue);
    bull.setWorkerName = () => setWorkerName().catch(() => undefined);
    bull.registeredEvents = { delayed: Promise.resolve() };
    bull.updateDelayTimer = () => Promise.resolve();
    for (const client of [clientOf(this.queue), bull.bclient]) containErrors(client);
  }
}
