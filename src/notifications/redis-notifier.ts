import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTask } from 'node:timers/promises';

import { BestEffort } from '../queue/redis/best-effort.js';
import { closePair, type RedisPair } from '../queue/redis/redis-pair.js';
import type { RedisWatch } from '../queue/redis/redis-watch.js';
import { InProcessNotifier } from './in-process-notifier.js';
import type { Notifier, SessionChange } from './notifier.js';

/** Pause before subscribing again after Redis refused it. */
const SUBSCRIBE_AGAIN_MS = 2_000;

/** The last word of a change of the log alone, which is always that of a turn. */
const LOG = 'log';

/**
 * How long a change of the log alone waits for others, because a message to Redis costs more than the rest of the
 * notification: most changes of a turn are followed by another one.
 */
const LOG_DELAY_MS = 20;

/** The shortest time between two messages to Redis, so that a busy process sends several changes as one. */
const GAP_MS = 5;

/** Notifies the listeners of all processes by Redis's publish and subscribe, and those of this process directly. */
export class RedisNotifier implements Notifier {
  private readonly logger = new Logger(RedisNotifier.name);
  private readonly local = new InProcessNotifier();
  private readonly origin = randomUUID();
  private readonly publications: BestEffort;
  private timer: NodeJS.Timeout | undefined;
  /** Changes that are not sent yet, as they are written. */
  private readonly unsent = new Set<string>();
  private sendTimer: NodeJS.Timeout | undefined;
  /** On the monotonic clock, as the next: when they will be sent. */
  private sendsAt = Infinity;
  /** When the last message was sent. */
  private sentAt = -Infinity;
  private isRefused = false;
  private isClosed = false;

  /** The connections are its own from here on: it handles their errors and closes them. */
  constructor(
    private readonly connections: RedisPair,
    private readonly channel: string,
    private readonly watch: RedisWatch,
  ) {
    this.publications = new BestEffort({
      failed: (error) => {
        this.failed(error);
      },
      dropped: (count) => {
        this.logger.warn(
          `${count} notifications were not sent, since Redis is too slow; long polls and event streams look themselves`,
        );
      },
    });
    const { publisher, subscriber } = connections;
    for (const connection of [publisher, subscriber]) {
      connection.on('error', (error: Error) => {
        this.failed(error);
      });
    }
    subscriber.on('message', (_channel: string, message: string) => {
      const [origin, ...changes] = message.split('\n');
      if (origin === this.origin) return;
      for (const change of changes) {
        const [sessionId, turnId, kind] = change.split(' ');
        if (sessionId) this.local.publish({ sessionId, turnId, ...(kind === LOG ? { onlyLog: true } : {}) });
      }
    });
    subscriber.on('ready', () => void this.listen());
  }

  publish(change: SessionChange): void {
    this.local.publish(change);
    const { sessionId, turnId, onlyLog } = change;
    this.unsent.add([sessionId, ...(turnId ? [turnId] : []), ...(onlyLog ? [LOG] : [])].join(' '));
    this.sendBy(onlyLog ? performance.now() + LOG_DELAY_MS : this.sentAt + GAP_MS);
  }

  subscribe(listener: (change: SessionChange) => void): () => void {
    return this.local.subscribe(listener);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    if (this.unsent.size > 0) this.send();
    // The message is sent in a later microtask, and must be before the connection quits.
    await nextTask();
    await Promise.all([closePair(this.connections), this.local.close()]);
  }

  private sendBy(time: number): void {
    const delay = time - performance.now();
    if (delay <= 0) {
      this.send();
    } else if (time < this.sendsAt) {
      clearTimeout(this.sendTimer);
      this.sendsAt = time;
      this.sendTimer = setTimeout(() => {
        this.send();
      }, delay).unref();
    }
  }

  /** Sends all changes as one message. */
  private send(): void {
    clearTimeout(this.sendTimer);
    this.sendsAt = Infinity;
    this.sentAt = performance.now();
    const message = [this.origin, ...this.unsent].join('\n');
    this.unsent.clear();
    this.publications.attempt(() => this.connections.publisher.publish(this.channel, message));
  }

  /**
   * Subscribes, with retries until Redis allows it. Once per connection, because a subscription ends with its
   * connection.
   */
  private async listen(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.connections.subscriber.subscribe(this.channel);
      if (this.isRefused) this.logger.log('Subscribed to Redis');
      this.isRefused = false;
    } catch (error) {
      // Otherwise it is part of an outage, which is logged once.
      if (!this.watch.isOutage && (await this.watch.isUp())) this.refused(error);
      if (this.isClosed) return;
      this.timer = setTimeout(() => void this.listen(), SUBSCRIBE_AGAIN_MS).unref();
    }
  }

  /** Logged separately from an outage of Redis, because only this right may be missing. */
  private refused(error: unknown): void {
    const text = `Redis does not let this process subscribe, so that long polls and event streams see what other processes do up to two seconds late; still trying: ${String(error)}`;
    if (this.isRefused) this.logger.debug(text);
    else this.logger.warn(text);
    this.isRefused = true;
  }

  private failed(error: unknown): void {
    if (!this.isClosed) this.watch.failed(error);
  }
}
