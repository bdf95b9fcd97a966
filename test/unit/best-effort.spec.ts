import { describe, expect, it } from '@jest/globals';

import { BestEffort, MAX_UNDER_WAY } from '../../src/queue/redis/best-effort.js';
import { until } from '../support/until.js';

describe('best-effort calls', () => {
  it('are dropped beyond the limit, which is logged once', async () => {
    const failures: unknown[] = [];
    const drops: number[] = [];
    const calls = new BestEffort({
      failed: (error) => failures.push(error),
      dropped: (count) => drops.push(count),
    });
    for (let burst = 0; burst < 2; burst++) {
      let end!: () => void;
      const gate = new Promise<void>((resolve) => (end = resolve));
      let made = 0;
      for (let call = 0; call < MAX_UNDER_WAY + 7; call++) {
        calls.attempt(() => {
          made++;
          return gate;
        });
      }
      expect(drops).toHaveLength(burst);
      end();
      await until(() => drops.length > burst, { what: 'the drops to be reported' });
      expect(made).toBe(MAX_UNDER_WAY);
      await gate;
    }
    expect(drops).toEqual([7, 7]);
    expect(failures).toEqual([]);
  });

  it('report a failure, even a synchronous one', async () => {
    const failures: unknown[] = [];
    const calls = new BestEffort({ failed: (error) => failures.push(error), dropped: () => undefined });
    calls.attempt(() => {
      throw new Error('at once');
    });
    calls.attempt(() => Promise.reject(new Error('later')));
    await until(() => failures.length === 2, { what: 'both failures' });
    expect(failures.map(String).sort()).toEqual(['Error: at once', 'Error: later']);
  });
});
