import { describe, expect, it } from '@jest/globals';

import { DueDeliveries } from '../../src/database/due-deliveries.js';
import { ALL } from '../stores/open-deliveries.js';

/** More receivers than one search asks. */
const RECEIVERS = Array.from({ length: 12_000 }, (_, i) => `http://${String(i).padStart(5, '0')}.example`);

/** A database with so many deliveries at its beginning that fit no search, and none that is due to any receiver. */
function search() {
  const asked: string[] = [];
  const deliveries = new DueDeliveries({
    due: () => Promise.resolve([]),
    hasMore: () => Promise.resolve(true),
    receivers: (after, limit) => Promise.resolve(RECEIVERS.filter((one) => one > after).slice(0, limit)),
    ofReceivers: ({ receivers }) => {
      asked.push(...receivers);
      return Promise.resolve([]);
    },
  });
  return { deliveries, asked };
}

describe('searches for due deliveries among more receivers than one of them asks', () => {
  const full = { ...ALL, exceptOrigins: ['http://full.example'] };

  it('ask each receiver in turn', async () => {
    const { deliveries, asked } = search();
    for (let searches = 0; searches < 3; searches++) await deliveries.find(full);
    expect(asked).toEqual(RECEIVERS);
  });

  it('ask each receiver for all due deliveries, also with searches for recent ones in between', async () => {
    const { deliveries, asked } = search();
    const ofAll: string[] = [];
    for (let searches = 0; searches < 3; searches++) {
      asked.length = 0;
      await deliveries.find(full);
      ofAll.push(...asked);
      await deliveries.find({ ...full, since: 10_000 });
    }
    expect(ofAll).toEqual(RECEIVERS);
  });
});
