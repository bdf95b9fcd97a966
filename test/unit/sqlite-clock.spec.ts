import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SqliteClock } from '../../src/database/sqlite/sqlite-clock.js';

const START_MS = Date.UTC(2026, 0, 1);
const SECOND = 1_000_000;

describe('the clock of a process on SQLite', () => {
  let wall = START_MS;
  let running = 5_000;

  beforeEach(() => {
    wall = START_MS;
    running = 5_000;
    jest.spyOn(Date, 'now').mockImplementation(() => wall);
    jest.spyOn(performance, 'now').mockImplementation(() => running);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const pass = (ms: number) => {
    wall += ms;
    running += ms;
  };

  it('is the wall clock', () => {
    const clock = new SqliteClock();
    expect(clock.now()).toBe(START_MS * 1000);
    pass(1_500);
    expect(clock.now()).toBe(START_MS * 1000 + 1.5 * SECOND);
  });

  it('continues at real speed after the wall clock was set back by an hour', () => {
    const clock = new SqliteClock();
    const before = clock.now();
    wall -= 3_600_000;
    for (let second = 1; second <= 3; second++) {
      pass(1_000);
      expect(clock.now()).toBe(before + second * SECOND);
    }
  });

  it('follows a wall clock that jumps ahead, for example after a suspension', () => {
    const clock = new SqliteClock();
    const before = clock.now();
    wall += 60_000;
    expect(clock.now()).toBe(before + 60 * SECOND);
    pass(1_000);
    expect(clock.now()).toBe(before + 61 * SECOND);
  });

  it('never returns an instant twice, or an earlier one', () => {
    const clock = new SqliteClock();
    const instants = Array.from({ length: 1_000 }, (_, index) => {
      if (index % 10 === 0) pass(0.003);
      if (index === 500) wall -= 10_000;
      return clock.now();
    });
    expect(instants.every((instant, index) => index === 0 || instant > (instants[index - 1] ?? 0))).toBe(
      true,
    );
    expect(instants.every(Number.isSafeInteger)).toBe(true);
  });
});
