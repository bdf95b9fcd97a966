import { Logger, type OnApplicationShutdown } from '@nestjs/common';

import { withDeadline } from '../../timing/timers.js';

/** How long Redis may take to answer when asked whether it works, in ms. */
const ANSWER_TIME_MS = 900;

/** How often to ask during an outage, in ms. */
const ASK_AGAIN_MS = 2_000;

/** Bull repeats a command that Redis refused every 5 s: if it is not refused for longer than that it is served, in ms. */
const NO_REFUSAL_MS = 6_000;

/** What ioredis says of a command while there is no connection: a consequence of something else, or of a new start. */
const NOT_CONNECTED = "Stream isn't writeable";

/**
 * Knows whether Redis does what a module needs, and logs each outage once when it begins and once when it ends,
 * however many connections and commands fail meanwhile. One for all connections of a module.
 */
export class RedisWatch implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisWatch.name);
  private timer: NodeJS.Timeout | undefined;
  private isAnnounced = false;
  private lastRefusal = -Infinity;
  private isStopped = false;

  /** `ask` rejects unless Redis has just done what the module needs. */
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

  /** Whether Redis does what the module needs. In bounded time; never rejects. */
  async isUp(): Promise<boolean> {
    return (await this.problem()) === undefined;
  }

  /** From now on failures are no news: connections are being closed. */
  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private async problem(): Promise<Error | undefined> {
    try {
      await withDeadline(this.ask(), ANSWER_TIME_MS);
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

/** Whether Redis has answered, with an error. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
