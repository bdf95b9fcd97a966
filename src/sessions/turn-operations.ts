import type { TurnPage, TurnRecord } from '../turns/turn.js';
import type { AgentEvent, SessionEvent } from '../events/session-event.js';
import { checkedOptions } from './checked-options.js';
import type { EventCalls } from './event-calls.js';
import { CALL, PAGE_CALL, WAITING_CALL } from './option-rules.js';
import type { EventRange, TurnRange, WaitOptions } from './session-calls.js';
import type { TurnReads } from './turn-reads.js';
import type { OwnerOptions, SessionCallOptions } from '../owners/session-call-options.js';
import type { DeliveriesService } from '../webhooks/deliveries.service.js';
import type { Delivery, DeliveryRange, RedeliveryAccepted } from '../webhooks/delivery.js';
import type { DeliveryPage } from '../webhooks/delivery.store.js';

/** The methods of SessionsService that read turns and their webhook deliveries, deliver again, or follow the log. */
export abstract class TurnOperations {
  /** @internal */
  protected constructor(
    private readonly turnReads: TurnReads,
    private readonly deliveryCalls: DeliveriesService,
    private readonly eventCalls: EventCalls,
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
  async turnPage(sessionId: string, options: SessionCallOptions & TurnRange = {}): Promise<TurnPage> {
    return this.turnReads.page(sessionId, checkedOptions(PAGE_CALL, options));
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
  async turn(
    sessionId: string,
    turnId: string,
    options: SessionCallOptions & WaitOptions = {},
  ): Promise<TurnRecord> {
    return this.turnReads.get(sessionId, turnId, checkedOptions(WAITING_CALL, options));
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
  async deliveryPage(
    sessionId: string,
    options: SessionCallOptions & DeliveryRange = {},
  ): Promise<DeliveryPage> {
    return this.deliveryCalls.page(sessionId, checkedOptions(PAGE_CALL, options));
  }

  /**
   * Delivers again, under the same `webhook-id` and with the full schedule of attempts.
   * @throws SessionNotFoundException, DeliveryNotFoundException
   * @example
   * ```ts
   * await sessions.redeliver(sessionId, '0b3d7c52-61f4-4c0e-8a57-2f1f3f7f9e10');
   * ```
   */
  async redeliver(
    sessionId: string,
    deliveryId: string,
    options: SessionCallOptions = {},
  ): Promise<RedeliveryAccepted> {
    return this.deliveryCalls.redeliver(sessionId, deliveryId, checkedOptions(CALL, options));
  }

  /**
   * Follows the session's log: each event once and in order, until the session is deleted or the process stops. With
   * `turn` only those of one turn, to its end. The first call of `next` throws if there is no such session or turn.
   * @throws SessionNotFoundException, TurnNotFoundException, ValidationFailedException
   * @example
   * ```ts
   * const { turn_id } = await sessions.send(sessionId, { content: 'hello' });
   * for await (const event of sessions.events(sessionId, { turn: turn_id })) {
   *   if (event.type === 'message.delta') process.stdout.write(event.delta);
   * }
   * ```
   */
  events<Own extends AgentEvent = never>(
    sessionId: string,
    options: OwnerOptions & EventRange = {},
  ): AsyncGenerator<SessionEvent<Own>, void> {
    return this.eventCalls.each(sessionId, options) as AsyncGenerator<SessionEvent<Own>, void>;
  }

  /**
   * The same in batches: when this resolves, session, turn and place are found.
   * @throws SessionNotFoundException, TurnNotFoundException, ValidationFailedException
   * @example
   * ```ts
   * const { last_event_id: after } = await sessions.get(sessionId);
   * for await (const events of await sessions.eventBatches(sessionId, { after })) console.log(events.length);
   * ```
   */
  eventBatches<Own extends AgentEvent = never>(
    sessionId: string,
    options: OwnerOptions & EventRange = {},
  ): Promise<AsyncGenerator<SessionEvent<Own>[], void>> {
    return this.eventCalls.open(sessionId, options) as Promise<AsyncGenerator<SessionEvent<Own>[], void>>;
  }
}
