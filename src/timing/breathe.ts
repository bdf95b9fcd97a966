import { setImmediate } from 'node:timers/promises';

/** Size in bytes or characters from which work yields to the event loop before it continues. */
const LARGE_BYTES = 256 * 1024;

/** Yields to the event loop between two pieces of work on a large value. */
export async function breathe(size: number): Promise<void> {
  if (size >= LARGE_BYTES) await setImmediate();
}
