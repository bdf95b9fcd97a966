import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { clientOf } from './redis/bull-connections.js';
import { bullInternals, closedByUs, closeQueue, containErrors, disconnect } from './redis/bull-lifecycle.js';

/** The content of a Bull job: the turn to check. */
export interface TurnJob {
  turnId: string;
}

/**
 * Bull's consumer of turn ids, for the queue of turns and the queue of turns with a webhook delivery. It has no
 * `@Processor` decorator, because Nest starts every decorated consumer, also in processes that run no turns.
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
        // A process that stops before it has reached Redis needs nothing more.
        if (this.isStopping) return;
        this.logger.error(`Bull has stopped handing out work; the sweeper goes on: ${String(error)}`);
      });
  }

  /** Takes no more jobs, at once and permanently. Bull's own method would reconnect first and wait for that. */
  async pause(): Promise<void> {
    this.isStopping = true;
    if (!this.hasStarted) return;
    const bull = bullInternals(this.queue);
    const blocking = bull.bclient;
    bull.bclientInitialized = false;
    // Waits only for a promise that is already resolved.
    const paused = this.queue.pause(true, true);
    void disconnect(blocking);
    await paused;
  }

  /** In limited time. */
  async close(): Promise<void> {
    this.isStopping = true;
    if (this.hasStarted) await closeQueue(this.queue);
  }

  /**
   * Disables what Bull does in a consumer besides taking jobs. Call it before `process()`.
   *
   * - Bull's event connection only reports delayed jobs, which are not used. When it reconnects, ioredis resubscribes
   *   without handling a rejection; an unhandled `NOAUTH` would crash the process.
   * - Bull's timer for delayed jobs may restart while the queue is being closed.
   * - Bull sends CLIENT SETNAME on connect without handling a rejection either.
   * - Its connections are created now: Bull would create them lazily, even after the queue was closed.
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
