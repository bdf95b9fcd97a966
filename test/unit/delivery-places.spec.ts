import { describe, expect, it } from '@jest/globals';

import type { DueDelivery } from '../../src/webhooks/delivery.store.js';
import { DeliveryPlaces, PAYLOADS, type Place, PLACES } from '../../src/webhooks/delivery-places.js';

let made = 0;

function due(given: Partial<DueDelivery> = {}): DueDelivery {
  made++;
  return { id: `d${made}`, origin: `http://o${made}`, sessionId: `s${made}`, bytes: 100, wait: 0, ...given };
}

function taken(places: DeliveryPlaces, given: Partial<DueDelivery>, count: number): Place[] {
  return Array.from({ length: count }, () => places.take(due(given))).filter((place) => place !== undefined);
}

const MEBIBYTE = 1024 * 1024;

describe('the places of attempts to deliver', () => {
  it('are few for one receiver, and others get theirs', () => {
    const places = new DeliveryPlaces();
    const [first] = taken(places, { origin: 'http://bad' }, 50);
    expect(taken(places, { origin: 'http://bad' }, 1)).toEqual([]);
    expect(places.exceptions.exceptOrigins).toEqual(['http://bad']);
    expect(taken(places, {}, 10)).toHaveLength(10);
    if (first) places.free(first);
    expect(taken(places, { origin: 'http://bad' }, 50)).toHaveLength(1);
  });

  it('are fewer for one session, so that others reach the same receiver', () => {
    const places = new DeliveryPlaces();
    const origin = 'http://shared';
    expect(taken(places, { origin, sessionId: 'busy' }, 50)).toHaveLength(PLACES.session);
    expect(places.exceptions.exceptSessions).toEqual(['busy']);
    expect(taken(places, { origin }, 50)).toHaveLength(PLACES.origin - PLACES.session);
  });

  it('are few for all the names of one address, once it is known', () => {
    const places = new DeliveryPlaces();
    const found = taken(places, {}, 50).map((place) => [place, places.enter(place, '10.0.0.1:80')] as const);
    expect(found.filter(([, entered]) => entered)).toHaveLength(PLACES.endpoint);
    for (const [place, entered] of found) if (!entered) places.free(place);
    // From now on it is known before the name is looked up again.
    const [refused] = found.filter(([, entered]) => !entered);
    const { origin = '' } = refused?.[0].due ?? {};
    expect(places.isOpen(origin)).toBe(false);
    expect(places.take(due({ origin }))).toBeUndefined();
    expect(places.exceptions.exceptOrigins).toContain(origin);
    expect(taken(places, {}, 10)).toHaveLength(10);
  });

  it('are those of the address that a name has now', () => {
    const places = new DeliveryPlaces();
    const [place] = taken(places, { origin: 'http://moving' }, 1);
    if (!place) throw new Error('There is a place');
    expect([places.enter(place, 'a'), places.enter(place, 'b')]).toEqual([true, true]);
    const others = taken(places, {}, PLACES.endpoint);
    expect(others.map((other) => places.enter(other, 'a'))).not.toContain(false);
  });

  it('of large payloads are as many as there is room for, and small ones go on', () => {
    const places = new DeliveryPlaces();
    const large = taken(places, { bytes: 10 * MEBIBYTE }, 57);
    expect(large).toHaveLength(Math.floor(PAYLOADS.all / (10 * MEBIBYTE)));
    expect(places.exceptions.maxBytes).toBe(PAYLOADS.all - large.length * 10 * MEBIBYTE);
    expect(taken(places, { bytes: PAYLOADS.small }, 100)).toHaveLength(100);
    for (const place of large) places.free(place);
    expect(taken(places, { bytes: 10 * MEBIBYTE }, 1)).toHaveLength(1);
  });

  it('of large payloads to one receiver leave room for others', () => {
    const places = new DeliveryPlaces();
    const origin = 'http://bad';
    expect(taken(places, { origin, bytes: 5 * MEBIBYTE }, 5)).toHaveLength(1);
    expect(places.exceptions.exceptLargeTo).toEqual([origin]);
    expect(taken(places, { bytes: 5 * MEBIBYTE }, 5)).toHaveLength(5);
    expect(taken(places, { origin }, 1)).toHaveLength(1);
  });

  it('include one for a payload that is larger than all that may be under way, alone', () => {
    const places = new DeliveryPlaces();
    expect(taken(places, { bytes: 2 * PAYLOADS.all }, 2)).toHaveLength(1);
    expect(taken(places, { bytes: MEBIBYTE }, 1)).toEqual([]);
  });

  it('have an end in all, and are free again afterwards', () => {
    const places = new DeliveryPlaces();
    const all = taken(places, { bytes: MEBIBYTE / 100 }, PLACES.all + 10);
    expect(all).toHaveLength(PLACES.all);
    expect(places.isFull).toBe(true);
    for (const place of all) places.free(place);
    expect(places.isFull).toBe(false);
    expect(places.exceptions).toEqual({
      exceptOrigins: [],
      exceptSessions: [],
      exceptLargeTo: [],
      small: PAYLOADS.small,
      maxBytes: Number.MAX_SAFE_INTEGER,
    });
  });
});
