import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import { RedisWatch } from '../../src/queue/redis/redis-watch.js';

class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

describe('the watch over Redis', () => {
  let logged: string[];
  let answer: () => Promise<unknown>;
  let watch: RedisWatch;

  beforeEach(() => {
    jest.useFakeTimers();
    logged = [];
    for (const level of ['warn', 'log'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((text: unknown) => {
        logged.push(`${level} ${String(text)}`);
      });
    }
    jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    answer = () => Promise.resolve('OK');
    watch = new RedisWatch(() => answer());
  });
  afterEach(() => {
    watch.stop();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  it('logs each outage once at its start and once at its end, repeatedly', async () => {
    for (let outage = 1; outage <= 2; outage++) {
      answer = () => Promise.reject(new Error('connect ECONNREFUSED'));
      for (let error = 0; error < 3; error++) watch.failed(new Error('connect ECONNREFUSED'));
      await pass(60_000);
      expect(logged).toHaveLength(2 * outage - 1);
      expect(logged.at(-1)).toMatch(/^warn Redis does not answer, so work waits .* ECONNREFUSED/);
      answer = () => Promise.resolve('OK');
      await pass(2_000);
      expect(logged).toHaveLength(2 * outage);
      expect(logged.at(-1)).toBe('log Redis answers');
    }
  });

  it('counts a refused consumer as an outage, until it has not been refused for a while', async () => {
    for (let times = 0; times < 4; times++) {
      watch.failed(new ReplyError('NOPERM brpoplpush'));
      await pass(5_000);
    }
    expect(logged).toEqual([expect.stringMatching(/^warn Redis refuses commands, .* NOPERM brpoplpush/)]);
    await pass(4_000);
    expect(logged.at(-1)).toBe('log Redis answers');
  });

  it('logs nothing for a command between two connections', async () => {
    watch.failed(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
    await pass(10_000);
    expect(logged).toEqual([]);
  });

  it('logs an outage if no connection is made', async () => {
    const error = new Error("Stream isn't writeable and enableOfflineQueue options is false");
    answer = () => Promise.reject(error);
    watch.failed(error);
    await pass(2_000);
    expect(logged).toEqual([expect.stringMatching(/^warn Redis does not answer/)]);
  });

  it('counts silence as an outage, within a second', async () => {
    answer = () => new Promise(() => undefined);
    const isUp = watch.isUp();
    await pass(1_000);
    expect(await isUp).toBe(false);
    expect(logged).toHaveLength(1);
  });

  it('logs nothing once the process stops', async () => {
    watch.stop();
    watch.failed(new Error('Connection is closed.'));
    watch.failed(undefined);
    await pass(10_000);
    expect(logged).toEqual([]);
  });
});
