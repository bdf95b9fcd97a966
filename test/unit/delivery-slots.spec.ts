import { describe, expect, it } from '@jest/globals';

import type { DueDelivery } from '../../src/webhooks/delivery.store.js';
import {
  DeliverySlots,
  PAYLOAD_BYTES,
  type DeliverySlot,
  CONCURRENT_ATTEMPTS,
} from '../../src/webhooks/delivery-slots.js';

let made = 0;

function due(given: Partial<DueDelivery> = {}): DueDelivery {
  made++;
  return { id: `d${made}`, origin: `http://o${made}`, sessionId: `s${made}`, bytes: 100, wait: 0, ...given };
}

function taken(slots: DeliverySlots, given: Partial<DueDelivery>, count: number): DeliverySlot[] {
  return Array.from({ length: count }, () => slots.take(due(given))).filter((slot) => slot !== undefined);
}

const MEBIBYTE = 1024 * 1024;

describe('the slots of attempts to deliver', () => {
  it('are limited per receiver, and others get theirs', () => {
    const slots = new DeliverySlots();
    const [first] = taken(slots, { origin: 'http://bad' }, 50);
    expect(taken(slots, { origin: 'http://bad' }, 1)).toEqual([]);
    expect(slots.exceptions.exceptOrigins).toEqual(['http://bad']);
    expect(taken(slots, {}, 10)).toHaveLength(10);
    if (first) slots.free(first);
    expect(taken(slots, { origin: 'http://bad' }, 50)).toHaveLength(1);
  });

  it('are limited per session, so that others reach the same receiver', () => {
    const slots = new DeliverySlots();
    const origin = 'http://shared';
    expect(taken(slots, { origin, sessionId: 'busy' }, 50)).toHaveLength(CONCURRENT_ATTEMPTS.session);
    expect(slots.exceptions.exceptSessions).toEqual(['busy']);
    expect(taken(slots, { origin }, 50)).toHaveLength(
      CONCURRENT_ATTEMPTS.origin - CONCURRENT_ATTEMPTS.session,
    );
  });

  it('are limited for all names of one address, once it is known', () => {
    const slots = new DeliverySlots();
    const found = taken(slots, {}, 50).map((slot) => [slot, slots.enter(slot, '10.0.0.1:80')] as const);
    expect(found.filter(([, entered]) => entered)).toHaveLength(CONCURRENT_ATTEMPTS.endpoint);
    for (const [slot, entered] of found) if (!entered) slots.free(slot);
    // From now on the address is known before the name is resolved again.
    const [refused] = found.filter(([, entered]) => !entered);
    const { origin = '' } = refused?.[0].due ?? {};
    expect(slots.isOpen(origin)).toBe(false);
    expect(slots.take(due({ origin }))).toBeUndefined();
    expect(slots.exceptions.exceptOrigins).toContain(origin);
    expect(taken(slots, {}, 10)).toHaveLength(10);
  });

  it('count for the present address of a name', () => {
    const slots = new DeliverySlots();
    const [slot] = taken(slots, { origin: 'http://moving' }, 1);
    if (!slot) throw new Error('There is a slot');
    expect([slots.enter(slot, 'a'), slots.enter(slot, 'b')]).toEqual([true, true]);
    const others = taken(slots, {}, CONCURRENT_ATTEMPTS.endpoint);
    expect(others.map((other) => slots.enter(other, 'a'))).not.toContain(false);
  });

  it('of large payloads are limited by total size, and small ones continue', () => {
    const slots = new DeliverySlots();
    const large = taken(slots, { bytes: 10 * MEBIBYTE }, 57);
    expect(large).toHaveLength(Math.floor(PAYLOAD_BYTES.all / (10 * MEBIBYTE)));
    expect(slots.exceptions.maxBytes).toBe(PAYLOAD_BYTES.all - large.length * 10 * MEBIBYTE);
    expect(taken(slots, { bytes: PAYLOAD_BYTES.small }, 100)).toHaveLength(100);
    for (const slot of large) slots.free(slot);
    expect(taken(slots, { bytes: 10 * MEBIBYTE }, 1)).toHaveLength(1);
  });

  it('of large payloads to one receiver leave room for others', () => {
    const slots = new DeliverySlots();
    const origin = 'http://bad';
    expect(taken(slots, { origin, bytes: 5 * MEBIBYTE }, 5)).toHaveLength(1);
    expect(slots.exceptions.exceptLargeTo).toEqual([origin]);
    expect(taken(slots, { bytes: 5 * MEBIBYTE }, 5)).toHaveLength(5);
    expect(taken(slots, { origin }, 1)).toHaveLength(1);
  });

  it('include one for a payload over the total limit, alone', () => {
    const slots = new DeliverySlots();
    expect(taken(slots, { bytes: 2 * PAYLOAD_BYTES.all }, 2)).toHaveLength(1);
    expect(taken(slots, { bytes: MEBIBYTE }, 1)).toEqual([]);
  });

  it('are limited in total, and are free again afterwards', () => {
    const slots = new DeliverySlots();
    const all = taken(slots, { bytes: MEBIBYTE / 100 }, CONCURRENT_ATTEMPTS.all + 10);
    expect(all).toHaveLength(CONCURRENT_ATTEMPTS.all);
    expect(slots.isFull).toBe(true);
    for (const slot of all) slots.free(slot);
    expect(slots.isFull).toBe(false);
    expect(slots.exceptions).toEqual({
      exceptOrigins: [],
      exceptSessions: [],
      exceptLargeTo: [],
      small: PAYLOAD_BYTES.small,
      maxBytes: Number.MAX_SAFE_INTEGER,
    });
  });
});
