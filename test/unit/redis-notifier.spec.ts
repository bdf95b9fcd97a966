import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';

import { RedisNotifier } from '../../src/notifications/redis-notifier.js';
import type { RedisPair } from '../../src/queue/redis/redis-pair.js';
import type { RedisWatch } from '../../src/queue/redis/redis-watch.js';

/** The changes of each message that was published, without the name of the process. */
let sent: string[][];
let notifier: RedisNotifier;

function connection() {
  let hasQuit = false;
  return Object.assign(new EventEmitter(), {
    publish: (_channel: string, message: string) => {
      if (!hasQuit) sent.push(message.split('\n').slice(1));
      return hasQuit ? Promise.reject(new Error('Connection is closed.')) : Promise.resolve(0);
    },
    quit: () => {
      hasQuit = true;
      return Promise.resolve('OK');
    },
    disconnect: () => undefined,
    status: 'end',
  });
}

describe('changes of sessions for other processes', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    sent = [];
    const pair = { publisher: connection(), subscriber: connection() } as unknown as RedisPair;
    notifier = new RedisNotifier(pair, 'channel', {} as RedisWatch);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are sent at once by a process that has not sent any for a while', async () => {
    notifier.publish({ sessionId: 's1', turnId: 't1' });
    await jest.advanceTimersByTimeAsync(5);
    notifier.publish({ sessionId: 's2' });
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([['s1 t1'], ['s2']]);
  });

  it('are sent as one message if they follow each other within 5 ms', async () => {
    for (const sessionId of ['s1', 's2', 's3', 's3']) notifier.publish({ sessionId, turnId: 't' });
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([['s1 t']]);
    await jest.advanceTimersByTimeAsync(5);
    expect(sent).toEqual([['s1 t'], ['s2 t', 's3 t']]);
    await jest.advanceTimersByTimeAsync(100);
    expect(sent).toHaveLength(2);
  });

  it('wait for 20 ms if only the log has grown, or for the next other change', async () => {
    notifier.publish({ sessionId: 's1', turnId: 't1', onlyLog: true });
    await jest.advanceTimersByTimeAsync(19);
    expect(sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    notifier.publish({ sessionId: 's2', turnId: 't2', onlyLog: true });
    await jest.advanceTimersByTimeAsync(5);
    notifier.publish({ sessionId: 's2', turnId: 't2' });
    await jest.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([['s1 t1 log'], ['s2 t2 log', 's2 t2']]);
  });

  it('that wait are sent before the connections are closed', async () => {
    notifier.publish({ sessionId: 's1' });
    notifier.publish({ sessionId: 's2' });
    await notifier.close();
    expect(sent).toEqual([['s1'], ['s2']]);
  });
});
