import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Slots } from '../../src/timing/slots.js';

/** The current state of a promise. */
async function outcome<T>(promise: Promise<T>): Promise<T | 'waits'> {
  return Promise.race([promise, new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'))]);
}

describe('slots', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are limited to their number', () => {
    const slots = new Slots(2);
    expect([slots.tryAcquire(), slots.tryAcquire(), slots.tryAcquire()]).toEqual([true, true, false]);
    expect(slots.free).toBe(0);
    slots.release();
    expect(slots.free).toBe(1);
    expect(slots.tryAcquire()).toBe(true);
  });

  it('are granted in FIFO order', async () => {
    const slots = new Slots(1);
    slots.tryAcquire();
    const [first, second] = [slots.acquire(), slots.acquire()];
    expect(await outcome(first)).toBe('waits');
    slots.release();
    expect(slots.tryAcquire()).toBe(false);
    expect(await outcome(first)).toBe(true);
    expect(await outcome(second)).toBe('waits');
    slots.release();
    expect(await outcome(second)).toBe(true);
    slots.release();
    expect(slots.free).toBe(1);
  });

  it('are not granted after the time-out', async () => {
    const slots = new Slots(1);
    slots.tryAcquire();
    const [brief, patient] = [slots.acquire(1_000), slots.acquire(5_000)];
    jest.advanceTimersByTime(999);
    expect(await outcome(brief)).toBe('waits');
    jest.advanceTimersByTime(1);
    expect(await outcome(brief)).toBe(false);
    slots.release();
    expect(await outcome(patient)).toBe(true);
    jest.advanceTimersByTime(10_000);
    expect(slots.free).toBe(0);
    slots.release();
    expect(slots.free).toBe(1);
  });

  it('are granted to requests behind one that timed out', async () => {
    const slots = new Slots(1);
    slots.tryAcquire();
    const brief = slots.acquire(10);
    const patient = slots.acquire();
    jest.advanceTimersByTime(10);
    expect(await outcome(brief)).toBe(false);
    slots.release();
    expect(await outcome(patient)).toBe(true);
  });

  it('are not granted after close', async () => {
    const slots = new Slots(1);
    slots.tryAcquire();
    const waiting = slots.acquire();
    slots.close();
    expect(await outcome(waiting)).toBe(false);
    slots.release();
    expect([slots.free, slots.tryAcquire()]).toEqual([0, false]);
    expect(await outcome(slots.acquire())).toBe(false);
  });

  it('with the size 0 are never granted', async () => {
    const slots = new Slots(0);
    expect(slots.tryAcquire()).toBe(false);
    expect(await outcome(slots.acquire())).toBe(false);
  });
});
