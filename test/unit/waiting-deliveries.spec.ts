import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { DueDelivery } from '../../src/webhooks/delivery.store.js';
import { SoonDue } from '../../src/webhooks/soon-due.js';
import { WaitingDeliveries } from '../../src/webhooks/waiting-deliveries.js';

let made = 0;

function due(given: Partial<DueDelivery> = {}): DueDelivery {
  made++;
  return { id: `d${made}`, origin: `http://o${made}`, sessionId: `s${made}`, bytes: 100, wait: 0, ...given };
}

describe('due deliveries that wait for a slot', () => {
  /** All remembered deliveries, in the order in which they would start. */
  function begun(waiting: WaitingDeliveries): DueDelivery[] {
    const all: DueDelivery[] = [];
    waiting.begin(
      () => true,
      (one) => all.push(one) > 0,
    );
    return all;
  }

  it('are remembered once each, limited per receiver, per session and in total', () => {
    const waiting = new WaitingDeliveries();
    const one = due();
    for (let count = 0; count < 3; count++) waiting.add(one);
    for (let count = 0; count < 1_000; count++) waiting.add(due({ origin: 'http://busy' }));
    for (let count = 0; count < 1_000; count++) waiting.add(due({ sessionId: 'busy' }));
    const noted = begun(waiting);
    expect(noted.filter(({ id }) => id === one.id)).toHaveLength(1);
    expect(noted.filter(({ origin }) => origin === 'http://busy')).toHaveLength(200);
    expect(noted.filter(({ sessionId }) => sessionId === 'busy')).toHaveLength(20);
    for (let count = 0; count < 10_000; count++) waiting.add(due());
    expect(begun(waiting)).toHaveLength(5_000);
    expect(begun(waiting)).toEqual([]);
  });

  it('start in FIFO order, past those that cannot, and stay until they can', () => {
    const waiting = new WaitingDeliveries();
    const [first, second] = [due({ origin: 'http://one' }), due({ origin: 'http://one' })];
    for (const one of [first, second]) waiting.add(one);
    const offered: string[] = [];
    waiting.begin(
      () => true,
      ({ id }) => {
        offered.push(id);
        return id === second.id;
      },
    );
    expect(offered).toEqual([first.id, second.id]);
    waiting.begin(
      () => false,
      () => true,
    );
    expect(begun(waiting)).toEqual([first]);
  });

  it('request more from the database only if some were left there', () => {
    const waiting = new WaitingDeliveries();
    const all = () =>
      waiting.begin(
        () => true,
        () => true,
      );
    waiting.add(due());
    expect(all()).toBe(false);
    for (let count = 0; count < 201; count++) waiting.add(due({ origin: 'http://busy' }));
    expect(all()).toBe(true);
    expect(all()).toBe(false);
  });
});

describe('deliveries that are due soon', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('start when they are due, each once', () => {
    const begun: [number, string][] = [];
    const began = Date.now();
    const soon = new SoonDue((one) => begun.push([Date.now() - began, one.id]));
    const [late, early] = [due({ wait: 900 }), due({ wait: 100 })];
    for (const one of [late, early, late]) soon.add(one);
    jest.advanceTimersByTime(1_000);
    expect(begun).toEqual([
      [102, early.id],
      [902, late.id],
    ]);
  });

  it('are limited, in total and per receiver, and dropped once the process stops', () => {
    const soon = new SoonDue(() => undefined);
    for (let count = 0; count < 100; count++) soon.add(due({ origin: 'http://busy', wait: 100 }));
    expect(jest.getTimerCount()).toBe(50);
    for (let count = 0; count < 5_000; count++) soon.add(due({ wait: 100 }));
    expect(jest.getTimerCount()).toBe(2_000);
    soon.clear();
    expect(jest.getTimerCount()).toBe(0);
  });
});
