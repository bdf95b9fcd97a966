import { setImmediate } from 'node:timers/promises';

/** From which size on a piece of work leaves the event loop to others before the next one, in bytes or characters. */
const LARGE_BYTES = 256 * 1024;

/** Lets what else waits for the event loop come first, between two pieces of work on a large value. */
export async function breathe(size: number): Promise<void> {
  if (size >= LARGE_BYTES) await setImmediate();
}
