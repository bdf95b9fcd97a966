import { Counts } from './counts.js';
import type { DueDelivery } from './delivery.store.js';

const MEBIBYTE = 1024 * 1024;

/** How many attempts one process makes at once: to one receiver, to one address, for one session, and in all. */
export const PLACES = { origin: 5, endpoint: 10, session: 3, all: 2_000 };

/** What may be under way of large payloads, in bytes; up to `small` the number of places is limit enough. */
export const PAYLOADS = { small: 64 * 1024, origin: 8 * MEBIBYTE, all: 128 * MEBIBYTE };

/** Of how many receivers is remembered which address they were last found at. */
const REMEMBERED_ENDPOINTS = 10_000;

/** A delivery's place among the attempts under way. */
export interface Place {
  due: DueDelivery;
  endpoint?: string;
}

/**
 * How the attempts under way are shared out, so that no receiver, however many names it has, and no session takes
 * what others need.
 */
export class DeliveryPlaces {
  private taken = 0;
  private largeBytes = 0;
  private readonly origins = new Counts();
  private readonly sessions = new Counts();
  private readonly endpoints = new Counts();
  private readonly largeTo = new Counts();
  /** The endpoint at which an origin was last found. */
  private readonly lastEndpoints = new Map<string, string>();

  /** Undefined where others have to end first. */
  take(due: DueDelivery): Place | undefined {
    const { origin, sessionId, bytes } = due;
    if (!this.isOpen(origin)) return undefined;
    if (this.sessions.of(sessionId) >= PLACES.session || !this.hasRoom(origin, bytes)) return undefined;
    const place: Place = { due };
    const expected = this.lastEndpoints.get(origin);
    if (expected !== undefined && !this.enter(place, expected)) return undefined;
    this.taken++;
    this.origins.add(origin, 1);
    this.sessions.add(sessionId, 1);
    this.addLarge(due, 1);
    return place;
  }

  /** Once it is known where the receiver is. False where others have to end first; the place is to be freed. */
  enter(place: Place, endpoint: string | undefined): boolean {
    if (place.endpoint === endpoint) return true;
    this.leave(place);
    if (endpoint === undefined) return true;
    this.remember(place.due.origin, endpoint);
    if (this.endpoints.of(endpoint) >= PLACES.endpoint) return false;
    this.endpoints.add(endpoint, 1);
    place.endpoint = endpoint;
    return true;
  }

  free(place: Place): void {
    const { origin, sessionId } = place.due;
    this.leave(place);
    this.taken--;
    this.origins.add(origin, -1);
    this.sessions.add(sessionId, -1);
    this.addLarge(place.due, -1);
  }

  get isFull(): boolean {
    return this.taken >= PLACES.all;
  }

  /** Whether a receiver may get one more attempt, as far as it depends on the receiver. */
  isOpen(origin: string): boolean {
    const endpoint = this.lastEndpoints.get(origin);
    const isCrowded = endpoint !== undefined && this.endpoints.of(endpoint) >= PLACES.endpoint;
    return !this.isFull && !isCrowded && this.origins.of(origin) < PLACES.origin;
  }

  /** What need not be looked for now. */
  get exceptions() {
    const crowded = new Set(this.endpoints.from(PLACES.endpoint));
    const waiting =
      crowded.size === 0 ? [] : [...this.lastEndpoints].filter(([, endpoint]) => crowded.has(endpoint));
    return {
      exceptOrigins: [...this.origins.from(PLACES.origin), ...waiting.map(([origin]) => origin)],
      exceptSessions: this.sessions.from(PLACES.session),
      exceptLargeTo: this.largeTo.from(1),
      small: PAYLOADS.small,
      // One that is larger than all that may be under way goes alone.
      maxBytes: this.largeBytes === 0 ? Number.MAX_SAFE_INTEGER : PAYLOADS.all - this.largeBytes,
    };
  }

  private hasRoom(origin: string, bytes: number): boolean {
    if (bytes <= PAYLOADS.small) return true;
    const fits = this.largeBytes === 0 || this.largeBytes + bytes <= PAYLOADS.all;
    const ofOrigin = this.largeTo.of(origin);
    return fits && (ofOrigin === 0 || ofOrigin + bytes <= PAYLOADS.origin);
  }

  private addLarge({ origin, bytes }: DueDelivery, sign: 1 | -1): void {
    if (bytes <= PAYLOADS.small) return;
    this.largeBytes += sign * bytes;
    this.largeTo.add(origin, sign * bytes);
  }

  private leave(place: Place): void {
    if (place.endpoint !== undefined) this.endpoints.add(place.endpoint, -1);
    place.endpoint = undefined;
  }

  private remember(origin: string, endpoint: string): void {
    this.lastEndpoints.delete(origin);
    this.lastEndpoints.set(origin, endpoint);
    if (this.lastEndpoints.size <= REMEMBERED_ENDPOINTS) return;
    const [oldest] = this.lastEndpoints.keys();
    if (oldest !== undefined) this.lastEndpoints.delete(oldest);
  }
}
