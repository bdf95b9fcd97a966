import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Duty } from '../../src/timing/duty.js';

describe('a duty', () => {
  let rounds: number;
  let errors: unknown[];
  let recoveries: number;
  let duty: Duty | undefined;
  beforeEach(() => {
    jest.useFakeTimers();
    [rounds, errors, recoveries] = [0, [], 0];
  });
  afterEach(async () => {
    const stopped = duty?.stop();
    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;
    jest.useRealTimers();
  });

  const start = (work: () => Promise<boolean>) => {
    duty = new Duty(
      () => {
        rounds++;
        return work();
      },
      {
        pauseMs: 1_000,
        deadlineMs: 5_000,
        onError: (error) => errors.push(error),
        onRecovery: () => recoveries++,
      },
    );
    duty.start();
    return duty;
  };

  it('runs once per pause, and again at once while there is more to do', async () => {
    start(() => Promise.resolve(rounds < 5));
    await jest.advanceTimersByTimeAsync(10);
    expect(rounds).toBe(5);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(rounds).toBe(6);
  });

  it('continues after a round that hangs, one that rejects and one that throws', async () => {
    const ends: (() => Promise<boolean>)[] = [
      () => new Promise(() => undefined),
      () => Promise.reject(new Error('no')),
      () => {
        throw new Error('no');
      },
    ];
    start(() => ends[rounds - 1]?.() ?? Promise.resolve(false));
    await jest.advanceTimersByTimeAsync(4_999);
    expect([rounds, errors.length]).toEqual([1, 0]);
    await jest.advanceTimersByTimeAsync(3_010);
    expect([rounds, errors.length, recoveries]).toEqual([4, 3, 1]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([rounds, recoveries]).toEqual([5, 1]);
  });

  it('stops even if its round hangs', async () => {
    const hanging = start(() => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(0);
    let stopped = false;
    void hanging.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(500);
    expect(stopped).toBe(true);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(rounds).toBe(1);
  });
});
