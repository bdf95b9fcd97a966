import { Inject, Injectable, Logger } from '@nestjs/common';

import { Slots } from '../timing/slots.js';
import { settleWithin } from '../timing/timers.js';
import { DeliveryRunner } from './delivery-runner.js';
import { DELIVERY_STORE, type DeliveryStore, type DueDelivery } from './delivery.store.js';

/** How many deliveries one process attempts at once to one receiver. */
const PLACES = 5;

/** How many deliveries one process has in hand, attempted or waiting for a place, to one receiver and to all. */
const IN_HAND = { perOrigin: 200, all: 2_000 };

/** How long attempts may go on when the process stops, in ms. */
const STOP_TIME = 1_000;

/** The deliveries in hand to one receiver. */
interface Lane {
  slots: Slots;
  size: number;
}

/**
 * Makes deliveries. Each receiver has a few places of its own, so that one that is slow or dead keeps nobody else
 * waiting. What is more than this process takes in hand stays in the database, where the sweeper finds it.
 */
@Injectable()
export class WebhookWorker {
  private readonly logger = new Logger(WebhookWorker.name);
  private readonly lanes = new Map<string, Lane>();
  private readonly inHand = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private stopped = false;

  constructor(
    private readonly runner: DeliveryRunner,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
  ) {}

  /** Attempts what is due of a turn; resolves when that has begun. Never rejects. */
  async look(turnId: string): Promise<void> {
    await this.begin(() => this.deliveries.dueOf(turnId), `turn ${turnId}`);
  }

  /** Attempts what is due of any turn, as far as this process takes it in hand. Never rejects. */
  async sweep(): Promise<void> {
    const full = [...this.lanes]
      .filter(([, { size }]) => size >= IN_HAND.perOrigin)
      .map(([origin]) => origin);
    await this.begin(() => this.deliveries.due(IN_HAND.perOrigin, full), 'earlier turns');
  }

  /** Begins nothing more; attempts that do not end soon are cut off and made again by whoever comes next. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const { slots } of this.lanes.values()) slots.close();
    if (await settleWithin(this.inHand.values(), STOP_TIME)) return;
    this.stopping.abort();
    await settleWithin(this.inHand.values(), STOP_TIME);
  }

  private async begin(find: () => Promise<DueDelivery[]>, what: string): Promise<void> {
    if (this.stopped) return;
    try {
      for (const due of await find()) this.offer(due);
    } catch (error) {
      this.logger.warn(`Deliveries of ${what} have to wait: ${String(error)}`);
    }
  }

  private offer({ id, origin }: DueDelivery): void {
    const lane = this.lanes.get(origin) ?? { slots: new Slots(PLACES), size: 0 };
    if (this.stopped || this.inHand.has(id)) return;
    if (lane.size >= IN_HAND.perOrigin || this.inHand.size >= IN_HAND.all) return;
    this.lanes.set(origin, lane);
    lane.size++;
    const attempt = this.attemptInLane(id, lane).finally(() => {
      this.inHand.delete(id);
      lane.size--;
      if (lane.size === 0) this.lanes.delete(origin);
    });
    this.inHand.set(id, attempt);
  }

  private async attemptInLane(id: string, { slots }: Lane): Promise<void> {
    if (!(await slots.acquire())) return;
    await this.runner.run(id, this.stopping.signal);
    slots.release();
  }
}
