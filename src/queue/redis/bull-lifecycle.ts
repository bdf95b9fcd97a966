import type { Queue } from 'bull';
import { setImmediate } from 'node:timers/promises';

import { settleWithin, withDeadline } from '../../timing/timers.js';
import { clientOf, type RedisClient } from './bull-connections.js';

/** How long to wait for Redis when letting go of it, in ms. */
const CLOSE_TIME_MS = 1_000;

/** How long a connection may take to be gone once its socket is destroyed, in ms. */
const GONE_TIME_MS = 500;

/** What we need of Bull's queue beside its public methods. Bull 4 is complete; these do not change any more. */
interface BullInternals {
  bclient: RedisClient;
  bclientInitialized: boolean;
  registeredEvents: Record<string, Promise<unknown>>;
  errorRetryTimer?: Record<string, NodeJS.Timeout>;
  updateDelayTimer: () => Promise<void>;
  setWorkerName: () => Promise<unknown>;
}

const internals = (queue: Queue): BullInternals => queue as unknown as BullInternals;

/** Keeps Nest from closing a queue on its own: it would wait without a limit. */
export function closedByUs(queue: Queue): void {
  Object.assign(queue, { onApplicationShutdown: () => undefined });
}

/**
 * Makes a queue take jobs and do nothing beside it. To be called before `process()`.
 *
 * - Bull's event connection only tells of delayed jobs, of which we have none. When it reconnects, ioredis subscribes
 *   again and catches no error: `NOAUTH` ends the process.
 * - Bull's timer for delayed jobs may start again while the queue is being closed.
 * - Bull names its connection and catches no error either.
 * - Its connections are made now: Bull would make them when it comes to them, even after the queue was closed.
 */
export function onlyTakesJobs(queue: Queue): void {
  const bull = internals(queue);
  const setWorkerName = bull.setWorkerName.bind(queue);
  bull.setWorkerName = () => setWorkerName().catch(() => undefined);
  bull.registeredEvents = { delayed: Promise.resolve() };
  bull.updateDelayTimer = () => Promise.resolve();
  for (const client of [clientOf(queue), bull.bclient]) containErrors(client);
}

/** Bull takes its own listener away when a queue is closed, and ioredis prints an error that has none. */
export function containErrors(client: RedisClient): void {
  client.on('error', () => undefined);
}

/** Takes no more jobs, at once and for good. Bull's own way would connect again and wait for that. */
export function takeNoMore(queue: Queue): Promise<void> {
  const bull = internals(queue);
  const blocking = bull.bclient;
  bull.bclientInitialized = false;
  // Waits for nothing but a promise that is resolved already.
  const paused = queue.pause(true, true);
  void disconnect(blocking);
  return paused;
}

/**
 * Closes a queue in bounded time. Bull's own `close` waits for ever while Redis is away, so that after a while
 * its connections are cut.
 */
export async function closeQueue(queue: Queue): Promise<void> {
  const bull = internals(queue);
  bull.bclientInitialized = false;
  await withDeadline(queue.close(true), CLOSE_TIME_MS).catch(() => undefined);
  await Promise.all(queue.clients.map(disconnect));
  // What fails by that may start a timer to try again.
  await setImmediate();
  for (const timer of Object.values(bull.errorRetryTimer ?? {})) clearTimeout(timer);
}

/** Cuts a connection in any state, in bounded time. Never rejects. */
export async function disconnect(client: RedisClient): Promise<void> {
  const { status } = client;
  if (status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.disconnect();
  // Between two attempts to connect there is nothing to end but the pause, and no event tells of it.
  if (status === 'reconnecting') return;
  // It would else wait for the other side, which may be silent.
  (client as { stream?: { destroy?: () => void } }).stream?.destroy?.();
  await settleWithin([ended], GONE_TIME_MS);
}
