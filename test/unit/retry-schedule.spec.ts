import { describe, expect, it } from '@jest/globals';

import { DEFAULT_RETRY_DELAYS } from '../../src/options/default-retry-delays.js';
import { retryDelay } from '../../src/webhooks/retry-schedule.js';
import { parseRetryAfter } from '../../src/webhooks/webhook-request.js';

const HOUR = 3_600_000;
const middle = () => 0.5;

describe('the retry schedule', () => {
  it('makes eight attempts over about a day', () => {
    const delays = Array.from({ length: 9 }, (_, index) =>
      retryDelay(DEFAULT_RETRY_DELAYS, index + 1, undefined, middle),
    );
    expect(delays).toEqual([2_000, 15_000, 60_000, 600_000, HOUR, 6 * HOUR, 16 * HOUR, undefined, undefined]);
  });

  it('varies each pause by a tenth', () => {
    expect(retryDelay([1_000], 1, undefined, () => 0)).toBeCloseTo(900);
    expect(retryDelay([1_000], 1, undefined, () => 0.999_999)).toBeCloseTo(1_100, 0);
  });

  it('applies Retry-After, up to a day', () => {
    expect(retryDelay([1_000], 1, 30_000, middle)).toBe(30_000);
    expect(retryDelay([60_000], 1, 30_000, middle)).toBe(60_000);
    expect(retryDelay([1_000], 1, 1_000 * HOUR, middle)).toBe(24 * HOUR);
    expect(retryDelay([], 1, 30_000, middle)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [undefined, undefined],
    ['120', 120_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2020 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5 minutes', undefined],
  ])('%s is %s ms', (header, milliseconds) => {
    expect(parseRetryAfter(header, now)).toBe(milliseconds);
  });
});
