import type { TurnPage, TurnRecord } from '../turns/turn.js';
import type { TurnRange, WaitOptions } from './session-calls.js';
import type { TurnReads } from './turn-reads.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import type { DeliveriesService } from '../webhooks/deliveries.service.js';
import type { Delivery, DeliveryRange, RedeliveryAccepted } from '../webhooks/delivery.js';
import type { DeliveryPage } from '../webhooks/delivery.store.js';

/** The methods of SessionsService that read turns and their webhook deliveries, or deliver again. */
export abstract class TurnOperations {
  /** @internal */
  protected constructor(
    private readonly turnReads: TurnReads,
    private readonly deliveryCalls: DeliveriesService,
  ) {}

  /**
   * Lists the session's turns, oldest first. A page of large turns has fewer than `limit`.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const [first] = await sessions.turns(sessionId, { limit: 1 });
   * ```
   */
  async turns(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnRecord[]> {
    return (await this.turnPage(sessionId, options)).turns;
  }

  /**
   * Lists the same, with the number after which the next page begins.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { turns, next } = await sessions.turnPage(sessionId, { after: 100 });
   * ```
   */
  turnPage(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnPage> {
    return this.turnReads.page(sessionId, options);
  }

  /**
   * Reads one turn, at once or when it has ended or waits for a person.
   * @throws SessionNotFoundException, TurnNotFoundException
   * @example
   * ```ts
   * const { turn_id } = await sessions.send(sessionId, { content: 'hello' });
   * const { status, response } = await sessions.turn(sessionId, turn_id, { wait: true });
   * ```
   */
  turn(
    sessionId: string,
    turnId: string,
    options: SessionCallOptions & WaitOptions = {},
  ): Promise<TurnRecord> {
    return this.turnReads.get(sessionId, turnId, options);
  }

  /**
   * Lists the session's webhook deliveries in the order of its turns.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const deliveries = await sessions.deliveries(sessionId);
   * ```
   */
  async deliveries(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<Delivery[]> {
    return (await this.deliveryPage(sessionId, options)).deliveries;
  }

  /**
   * Lists the same, with the number of the turn after which the next page begins.
   * @throws SessionNotFoundException
   * @example
   * ```ts
   * const { deliveries, next } = await sessions.deliveryPage(sessionId, { after: 100 });
   * ```
   */
  deliveryPage(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<DeliveryPage> {
    return this.deliveryCalls.page(sessionId, options);
  }

  /**
   * Delivers again, under the same `webhook-id` and with the full schedule of attempts.
   * @throws SessionNotFoundException, DeliveryNotFoundException
   * @example
   * ```ts
   * await sessions.redeliver(sessionId, '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10');
   * ```
   */
  redeliver(
    sessionId: string,
    deliveryId: string,
    options: SessionCallOptions = {},
  ): Promise<RedeliveryAccepted> {
    return this.deliveryCalls.redeliver(sessionId, deliveryId, options);
  }
}
