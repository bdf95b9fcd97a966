import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { WaitLimit } from '../../src/timing/wait-limit.js';
import { after, DeadlineExceeded, withDeadline } from '../../src/timing/timers.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('after', () => {
  it('calls back once after the delay', () => {
    const callback = jest.fn();
    after(300, callback);
    jest.advanceTimersByTime(299);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('does not call back after it was stopped', () => {
    const callback = jest.fn();
    after(300, callback)();
    jest.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });

  it('calls back after a time that is longer than timers can count, and no sooner', () => {
    const callback = jest.fn();
    after(2 ** 32, callback);
    jest.advanceTimersByTime(2 ** 32 - 1);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
    const stop = after(2 ** 32, callback);
    jest.advanceTimersByTime(2 ** 31);
    stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([undefined, Infinity])('never does after %p', (time) => {
    const callback = jest.fn();
    after(time, callback)();
    expect(jest.getTimerCount()).toBe(0);
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('withDeadline', () => {
  it('returns the promise’s value, and leaves no timer', async () => {
    expect(await withDeadline(Promise.resolve('in time'), 300)).toBe('in time');
    await expect(withDeadline(Promise.reject(new Error('its own')), 300)).rejects.toThrow('its own');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects after the deadline', async () => {
    const waiting = withDeadline(new Promise(() => undefined), 300);
    const refused = expect(waiting).rejects.toThrow(new DeadlineExceeded('No answer within 300 ms'));
    await jest.advanceTimersByTimeAsync(300);
    await refused;
  });
});

describe('WaitLimit', () => {
  const ended = async ({ ended: promise }: WaitLimit) =>
    Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);

  it('ends after the timeout', async () => {
    const limit = new WaitLimit({ timeout: 300 });
    expect(await ended(limit)).toBe(false);
    jest.advanceTimersByTime(300);
    expect(await ended(limit)).toBe(true);
  });

  it('ends when the signal is aborted, or was aborted before', async () => {
    const controller = new AbortController();
    const limit = new WaitLimit({ signal: controller.signal, timeout: 300 });
    expect(await ended(limit)).toBe(false);
    controller.abort();
    expect(await ended(limit)).toBe(true);
    expect(await ended(new WaitLimit({ signal: controller.signal }))).toBe(true);
  });

  it('has no end by a time that is longer than timers can count', () => {
    new WaitLimit({ timeout: 2 ** 31 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('never ends without limits, or after it was stopped', async () => {
    const controller = new AbortController();
    const stopped = new WaitLimit({ timeout: 300, signal: controller.signal });
    const endless = new WaitLimit({});
    stopped.stop();
    expect(jest.getTimerCount()).toBe(0);
    controller.abort();
    jest.advanceTimersByTime(10_000);
    expect([await ended(stopped), await ended(endless)]).toEqual([false, false]);
  });
});
