import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { LeaseWatch } from '../../src/turns/lease-watch.js';

const late = { turnId: 'turn', attempt: 1, leaseUntil: '1000' };

describe('an expired lease', () => {
  let watch: LeaseWatch;
  beforeEach(() => {
    jest.useFakeTimers();
    watch = new LeaseWatch(450);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const look = (afterMs: number, lease: typeof late | undefined) => {
    jest.advanceTimersByTime(afterMs);
    watch.begin();
    return lease && watch.confirms(lease);
  };

  it('counts as lost after the time that a living worker needs to renew it', () => {
    expect([look(0, late), look(300, late), look(149, late), look(1, late)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('does not count as lost if it was renewed meanwhile, as after a jump of the clock', () => {
    expect(look(0, late)).toBe(false);
    expect(look(500, { ...late, leaseUntil: '2000' })).toBe(false);
    // Renewed, and so not late.
    look(500, undefined);
    look(500, undefined);
    expect(look(500, { ...late, leaseUntil: '2000' })).toBe(false);
  });

  it('is not confused with that of the turn’s next run', () => {
    look(0, late);
    expect(look(500, { ...late, attempt: 2 })).toBe(false);
  });
});
