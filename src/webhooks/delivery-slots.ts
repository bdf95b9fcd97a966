import { Counts } from './counts.js';
import type { DueDelivery } from './delivery.store.js';

const MEBIBYTE = 1024 * 1024;

/**
 * Maximum number of concurrent attempts of one process: to one receiver, to one address, for one session, and in
 * total.
 */
export const CONCURRENT_ATTEMPTS = { origin: 5, endpoint: 10, session: 3, all: 2_000 };

/**
 * Limits for the total size of large payloads in progress; for payloads up to `small` the number of attempts is
 * sufficient.
 */
export const PAYLOAD_BYTES = { small: 64 * 1024, origin: 8 * MEBIBYTE, all: 128 * MEBIBYTE };

/** Number of receivers whose last address is cached. */
const REMEMBERED_ENDPOINTS = 10_000;

/** A delivery's slot among the attempts in progress. */
export interface DeliverySlot {
  due: DueDelivery;
  endpoint?: string;
}

/**
 * Limits concurrent attempts, so that no receiver (under any number of names) and no session uses up what others
 * need.
 */
export class DeliverySlots {
  private taken = 0;
  private largeBytes = 0;
  private readonly origins = new Counts();
  private readonly sessions = new Counts();
  private readonly endpoints = new Counts();
  private readonly largeTo = new Counts();
  /** The last known endpoint of each origin. */
  private readonly lastEndpoints = new Map<string, string>();

  /** Undefined if a limit is reached. */
  take(due: DueDelivery): DeliverySlot | undefined {
    const { origin, sessionId, bytes } = due;
    if (!this.isOpen(origin)) return undefined;
    if (this.sessions.of(sessionId) >= CONCURRENT_ATTEMPTS.session || !this.hasRoom(origin, bytes))
      return undefined;
    const slot: DeliverySlot = { due };
    const expected = this.lastEndpoints.get(origin);
    if (expected !== undefined && !this.enter(slot, expected)) return undefined;
    this.taken++;
    this.origins.add(origin, 1);
    this.sessions.add(sessionId, 1);
    this.addLarge(due, 1);
    return slot;
  }

  /** Called once the receiver's address is known. False if a limit is reached; the caller then frees the slot. */
  enter(slot: DeliverySlot, endpoint: string | undefined): boolean {
    if (slot.endpoint === endpoint) return true;
    this.leave(slot);
    if (endpoint === undefined) return true;
    this.remember(slot.due.origin, endpoint);
    if (this.endpoints.of(endpoint) >= CONCURRENT_ATTEMPTS.endpoint) return false;
    this.endpoints.add(endpoint, 1);
    slot.endpoint = endpoint;
    return true;
  }

  free(slot: DeliverySlot): void {
    const { origin, sessionId } = slot.due;
    this.leave(slot);
    this.taken--;
    this.origins.add(origin, -1);
    this.sessions.add(sessionId, -1);
    this.addLarge(slot.due, -1);
  }

  get isFull(): boolean {
    return this.taken >= CONCURRENT_ATTEMPTS.all;
  }

  /** Whether the limits of this receiver allow one more attempt. */
  isOpen(origin: string): boolean {
    const endpoint = this.lastEndpoints.get(origin);
    const isCrowded = endpoint !== undefined && this.endpoints.of(endpoint) >= CONCURRENT_ATTEMPTS.endpoint;
    return !this.isFull && !isCrowded && this.origins.of(origin) < CONCURRENT_ATTEMPTS.origin;
  }

  /** Deliveries to exclude from the search at present. */
  get exceptions() {
    const crowded = new Set(this.endpoints.from(CONCURRENT_ATTEMPTS.endpoint));
    const waiting =
      crowded.size === 0 ? [] : [...this.lastEndpoints].filter(([, endpoint]) => crowded.has(endpoint));
    return {
      exceptOrigins: [...this.origins.from(CONCURRENT_ATTEMPTS.origin), ...waiting.map(([origin]) => origin)],
      exceptSessions: this.sessions.from(CONCURRENT_ATTEMPTS.session),
      exceptLargeTo: this.largeTo.from(1),
      small: PAYLOAD_BYTES.small,
      // A payload over the total limit is sent alone.
      maxBytes: this.largeBytes === 0 ? Number.MAX_SAFE_INTEGER : PAYLOAD_BYTES.all - this.largeBytes,
    };
  }

  private hasRoom(origin: string, bytes: number): boolean {
    if (bytes <= PAYLOAD_BYTES.small) return true;
    const fits = this.largeBytes === 0 || this.largeBytes + bytes <= PAYLOAD_BYTES.all;
    const ofOrigin = this.largeTo.of(origin);
    return fits && (ofOrigin === 0 || ofOrigin + bytes <= PAYLOAD_BYTES.origin);
  }

  private addLarge({ origin, bytes }: DueDelivery, sign: 1 | -1): void {
    if (bytes <= PAYLOAD_BYTES.small) return;
    this.largeBytes += sign * bytes;
    this.largeTo.add(origin, sign * bytes);
  }

  private leave(slot: DeliverySlot): void {
    if (slot.endpoint !== undefined) this.endpoints.add(slot.endpoint, -1);
    slot.endpoint = undefined;
  }

  private remember(origin: string, endpoint: string): void {
    this.lastEndpoints.delete(origin);
    this.lastEndpoints.set(origin, endpoint);
    if (this.lastEndpoints.size <= REMEMBERED_ENDPOINTS) return;
    const [oldest] = this.lastEndpoints.keys();
    if (oldest !== undefined) this.lastEndpoints.delete(oldest);
  }
}
