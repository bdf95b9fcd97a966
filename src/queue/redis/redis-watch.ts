import { Logger, type OnApplicationShutdown } from '@nestjs/common';

import { withDeadline } from '../../timing/timers.js';

/** Time limit for Redis's response to a check. */
const CHECK_TIMEOUT_MS = 900;

/** Interval of checks during an outage. */
const ASK_AGAIN_MS = 2_000;

/** Bull repeats a refused command every 5 s: without a refusal for longer than that, it is accepted. */
const NO_REFUSAL_MS = 6_000;

/** ioredis's error for a command without a connection: a consequence of another failure or of a restart. */
const NOT_CONNECTED = "Stream isn't writeable";

/**
 * Tracks whether Redis executes the commands that a module needs, and logs each outage once at its start and once at
 * its end, for any number of failing connections and commands. Shared by all connections of a module.
 */
export class RedisWatch implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private isAnnounced = false;
  private lastRefusal = -Infinity;
  private isStopped = false;

  /** `ask` rejects unless Redis has just executed the commands that the module needs. */
  constructor(private readonly ask: () => Promise<unknown>) {}

  /** A connection or a command has failed. */
  failed(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.logger.debug(`Redis: ${problem}`);
    if (this.isStopped) return;
    this.timer ??= setInterval(() => void this.askAgain(), ASK_AGAIN_MS).unref();
    if (isRefusal(error)) this.lastRefusal = performance.now();
    if (!problem.startsWith(NOT_CONNECTED)) this.announce(error, problem);
  }

  /** Whether an outage was logged that has not ended. */
  get isOutage(): boolean {
    return this.isAnnounced;
  }

  /** Whether Redis executes the commands that the module needs. In limited time; never rejects. */
  async isUp(): Promise<boolean> {
    return (await this.problem()) === undefined;
  }

  /** Ignores failures from now on, because connections are being closed. */
  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private async problem(): Promise<Error | undefined> {
    try {
      await withDeadline(this.ask(), CHECK_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      this.failed(error);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async askAgain(): Promise<void> {
    const problem = await this.problem();
    if (this.isStopped) return;
    if (problem) this.announce(problem, problem.message);
    else if (performance.now() - this.lastRefusal > NO_REFUSAL_MS) this.recovered();
  }

  private announce(error: unknown, problem: string): void {
    if (this.isAnnounced) return;
    this.isAnnounced = true;
    const what = isRefusal(error) ? 'Redis refuses commands' : 'Redis does not answer';
    this.logger.warn(`${what}, so work waits for the sweeper; still trying: ${problem}`);
  }

  private recovered(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.isAnnounced) this.logger.log('Redis answers');
    this.isAnnounced = false;
  }
}

/** Whether Redis has responded with an error. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
