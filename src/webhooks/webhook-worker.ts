import { Inject, Injectable, Logger } from '@nestjs/common';

import { settleWithin } from '../timing/timers.js';
import { DeliverySlots, type DeliverySlot } from './delivery-slots.js';
import { DeliveryRunner } from './delivery-runner.js';
import { DELIVERY_STORE, type DeliveryStore, type DueCursor, type DueDelivery } from './delivery.store.js';
import { endpointOf, findTarget } from './delivery-target.js';
import { NameResolver } from './name-resolver.js';
import { SoonDue } from './soon-due.js';
import { WaitingDeliveries } from './waiting-deliveries.js';

/** Number of due deliveries per query, and number of queries per sweep. */
const BATCH = { size: 500, count: 20 };

/** A sweep also finds deliveries that become due within this time, so that they are made on time. */
const AHEAD_MS = 1_200;

/**
 * Minimum pause between searches for all due deliveries, as a multiple of the duration of the last one, because the
 * database then looks past the backlog of dead receivers. In between, only recently due deliveries are searched.
 */
const FULL_SWEEP_SHARE = 20;
const RECENT_MS = 10_000;

/** Time for attempts in progress when the process stops. */
const STOP_TIMEOUT_MS = 1_000;

/**
 * Makes deliveries, as many at a time as {@link DeliverySlots} allows. A delivery without a slot waits here or in
 * the database, and does not delay others.
 */
@Injectable()
export class WebhookWorker {
  private readonly logger = new Logger(WebhookWorker.name);
  private readonly slots = new DeliverySlots();
  private readonly waiting = new WaitingDeliveries();
  private readonly underWay = new Map<string, Promise<void>>();
  /** Deliveries that were requested again while an attempt was in progress. */
  private readonly askedAgain = new Map<string, DueDelivery>();
  private readonly soonDue = new SoonDue((due) => {
    this.offer(due);
  });
  private readonly stopping = new AbortController();
  private sweeping: Promise<void> | undefined;
  private nextFullSweep = 0;
  private isFillPlanned = false;
  private stopped = false;

  constructor(
    private readonly runner: DeliveryRunner,
    private readonly resolver: NameResolver,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
  ) {}

  /** Starts the due deliveries of a turn; resolves when they have started. Never rejects. */
  async start(turnId: string): Promise<void> {
    if (this.stopped) return;
    try {
      for (const due of await this.deliveries.dueOf(turnId)) {
        if (this.underWay.has(due.id)) this.askedAgain.set(due.id, due);
        else this.offer(due);
      }
    } catch (error) {
      this.logger.warn(
        `Could not read the deliveries of turn ${turnId}; the sweeper retries: ${String(error)}`,
      );
    }
  }

  /** Starts the due deliveries of all turns, within the limits. Never rejects. */
  async sweep(): Promise<void> {
    this.sweeping ??= this.findDue().finally(() => {
      this.sweeping = undefined;
    });
    return this.sweeping;
  }

  /** Starts nothing more; attempts that do not end soon are cut off, for another process to repeat. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.waiting.clear();
    this.soonDue.clear();
    if (await settleWithin(this.underWay.values(), STOP_TIMEOUT_MS)) return;
    this.stopping.abort();
    await settleWithin(this.underWay.values(), STOP_TIMEOUT_MS);
  }

  private async findDue(): Promise<void> {
    const began = performance.now();
    const isFull = began >= this.nextFullSweep;
    try {
      await this.offerDue(isFull ? undefined : RECENT_MS);
    } catch (error) {
      this.logger.warn(`Could not read the due deliveries; the next sweep retries: ${String(error)}`);
    }
    if (isFull) this.nextFullSweep = performance.now() + FULL_SWEEP_SHARE * (performance.now() - began);
  }

  private async offerDue(since?: number): Promise<void> {
    let after: DueCursor | undefined;
    for (let batch = 0; batch < BATCH.count && !this.stopped && !this.slots.isFull; batch++) {
      const selection = { limit: BATCH.size, ahead: AHEAD_MS, after, since, ...this.slots.exceptions };
      const { due, next } = await this.deliveries.due(selection);
      for (const one of due) this.offer(one);
      if (!next) return;
      after = next;
    }
  }

  private offer(due: DueDelivery): void {
    if (this.stopped) return;
    if (due.wait > 0) this.soonDue.add(due);
    else if (!this.begin(due)) this.waiting.add(due);
  }

  /** False if the delivery has to wait for a slot. */
  private begin(due: DueDelivery): boolean {
    if (this.underWay.has(due.id)) return true;
    const slot = this.slots.take(due);
    if (!slot) return false;
    const attempt = this.attempt(slot).finally(() => {
      this.underWay.delete(due.id);
      this.slots.free(slot);
      const again = this.askedAgain.get(due.id);
      this.askedAgain.delete(due.id);
      if (again) this.offer(again);
      this.planFill();
    });
    this.underWay.set(due.id, attempt);
    return true;
  }

  private async attempt(slot: DeliverySlot): Promise<void> {
    const { due } = slot;
    const target = await findTarget(this.resolver, due.origin);
    if (this.stopped) return;
    if (this.slots.enter(slot, endpointOf(due.origin, target))) {
      const retryIn = await this.runner.run(due.id, target, this.stopping.signal);
      if (retryIn !== undefined && retryIn <= AHEAD_MS) this.offer({ ...due, wait: Math.ceil(retryIn) });
    } else this.waiting.add(due);
  }

  /** Schedules one start of waiting deliveries for all slots that become free at about the same time. */
  private planFill(): void {
    if (this.isFillPlanned || this.stopped) return;
    this.isFillPlanned = true;
    setImmediate(() => {
      this.isFillPlanned = false;
      if (this.stopped) return;
      const isOpen = (origin: string) => this.slots.isOpen(origin);
      if (!this.waiting.begin(isOpen, (due) => this.begin(due))) return;
      // The database may hold more for the receiver that just became free, due for a long time.
      this.nextFullSweep = 0;
      void this.sweep();
    });
  }
}
