import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import { BestEffort } from '../redis/best-effort.js';
import { PATIENT, type RedisClient } from '../redis/bull-connections.js';
import { InProcessNotifier } from './in-process-notifier.js';
import type { Notifier, SessionChange } from './notifier.js';

/** Notifies the listeners of all processes by Redis's publish and subscribe, and those of this one directly. */
export class RedisNotifier implements Notifier {
  private readonly logger = new Logger(RedisNotifier.name);
  private readonly local = new InProcessNotifier();
  private readonly origin = randomUUID();
  private readonly subscriber: RedisClient;
  private readonly publications = new BestEffort((error) => {
    this.logger.debug(`A notification is lost, since Redis does not answer: ${String(error)}`);
  });

  /** `publisher` is somebody else's connection, one that fails fast; it is not closed here. */
  constructor(
    private readonly publisher: RedisClient,
    private readonly channel: string,
  ) {
    this.subscriber = publisher.duplicate(PATIENT);
    this.subscriber.on('error', (error: Error) => {
      this.logger.debug(`Redis: ${error.message}`);
    });
    this.subscriber.on('message', (_channel: string, message: string) => {
      const [origin, sessionId, turnId] = message.split(' ');
      if (sessionId && origin !== this.origin) this.local.publish({ sessionId, turnId });
    });
    this.subscriber.subscribe(channel).catch((error: unknown) => {
      this.logger.debug(`Not subscribed: ${String(error)}`);
    });
  }

  publish(change: SessionChange): void {
    this.local.publish(change);
    const message = [this.origin, change.sessionId, ...(change.turnId ? [change.turnId] : [])].join(' ');
    this.publications.attempt(() => this.publisher.publish(this.channel, message));
  }

  subscribe(listener: (change: SessionChange) => void): () => void {
    return this.local.subscribe(listener);
  }

  async close(): Promise<void> {
    this.subscriber.disconnect();
    await this.local.close();
  }
}
