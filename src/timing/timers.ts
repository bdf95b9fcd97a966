/** The longest time that Node's timers can count, in ms; a longer one would fire at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** A promise that did not settle in time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** Calls back after a time; never where the time is absent or longer than timers can count. Returns how to stop. */
export function after(milliseconds: number | undefined, callback: () => void): () => void {
  if (milliseconds === undefined || milliseconds > MAX_TIMER) return () => undefined;
  const timer = setTimeout(callback, milliseconds);
  return () => {
    clearTimeout(timer);
  };
}

/** Calls back again and again, no less often than timers can count. Returns how to stop. */
export function every(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, Math.min(milliseconds, MAX_TIMER));
  return () => {
    clearInterval(timer);
  };
}

/** What a promise resolves to, or a {@link DeadlineExceeded} when that takes too long. What comes later is dropped. */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let stop: () => void = () => undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    stop = after(milliseconds, () => {
      reject(new DeadlineExceeded(`No answer within ${milliseconds} ms`));
    });
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    stop();
  }
}

/** Whether promises, none of which rejects, have all settled within a time. */
export async function settleWithin(
  promises: Iterable<Promise<unknown>>,
  milliseconds: number,
): Promise<boolean> {
  try {
    await withDeadline(Promise.all(promises), milliseconds);
    return true;
  } catch (error) {
    if (error instanceof DeadlineExceeded) return false;
    throw error;
  }
}

/** Waits for a time or until the signal is aborted; never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      stopTimer();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stopTimer = after(milliseconds, end);
    signal.addEventListener('abort', end);
  });
}
