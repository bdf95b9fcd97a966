import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { SchemaCheck } from '../database/schema-check.js';
import { type Stores, STORES } from '../database/stores.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { SessionWaiters } from '../sessions/session-waiters.js';
import { LogFollowers } from '../streams/log-followers.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { settleWithin } from '../timing/timers.js';
import { LeaseKeeper } from '../turns/lease-keeper.js';
import { TURN_QUEUE, type TurnQueue } from '../turns/turn-queue.js';
import { HostServer } from './host-server.js';
import { Sweeper } from './sweeper.js';
import { TurnWorker } from '../turns/turn-worker.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import { WebhookWorker } from '../webhooks/webhook-worker.js';

/** Maximum duration of a shutdown beyond the time for running turns; unfinished work is abandoned then. */
const MAX_OVERTIME_MS = 3_500;

/**
 * Starts and stops background work in the right order. It stops before Nest closes the HTTP server, which would wait
 * for open long polls, and before TypeORM closes the database, which the last writes need.
 */
@Injectable()
export class SessionsLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new ContainedLogger(SessionsLifecycle.name);

  constructor(
    private readonly server: HostServer,
    private readonly schema: SchemaCheck,
    private readonly waiters: SessionWaiters,
    private readonly followers: LogFollowers,
    private readonly worker: TurnWorker,
    private readonly leases: LeaseKeeper,
    private readonly sweeper: Sweeper,
    private readonly webhooks: WebhookWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
    @Inject(WEBHOOK_QUEUE) private readonly webhookQueue: WebhookQueue,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(STORES) private readonly stores: Stores,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.schema.check();
    this.stores.begin();
    if (this.options.role !== 'api') {
      this.leases.start();
      const { concurrency } = this.options;
      this.queue.consume(concurrency, async (turnId) => {
        await this.worker.run(turnId);
      });
      this.webhookQueue.consume(concurrency, (turnId) => this.webhooks.start(turnId));
    }
    this.sweeper.start();
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    // Called from here, because Nest awaits such hooks of providers that depend on each other one after the other.
    this.server.endOnSecondSignal(signal);
    this.stores.leave();
    const { shutdownTimeout } = this.options;
    const began = performance.now();
    const left = (milliseconds: number) => Math.max(0, began + milliseconds - performance.now());
    this.followers.close();
    await Promise.all([this.waiters.close(), this.sweeper.stop(), this.queue.pause()]);
    await this.worker.stop(left(shutdownTimeout));
    this.leases.stop();
    // The last turns have inserted deliveries. Those that are not sent now are found by a sweep of another process.
    await settleWithin([this.webhooks.stop()], left(shutdownTimeout + MAX_OVERTIME_MS));
    await Promise.all([
      this.queue.close(),
      this.webhookQueue.close(),
      this.notifier.close(),
      this.stores.release(),
    ]);
    this.logger.debug('Stopped');
  }
}
