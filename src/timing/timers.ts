/** The longest delay of Node's timers; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A promise did not settle in time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** Calls back after a delay of any length; never without one. Returns a function that cancels it. */
export function after(milliseconds: number | undefined, callback: () => void): () => void {
  if (milliseconds === undefined || milliseconds === Infinity) return () => undefined;
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const next = () => {
      if (left > MAX_TIMER_MS) wait(left - MAX_TIMER_MS);
      else callback();
    };
    timer = setTimeout(next, Math.min(left, MAX_TIMER_MS));
  };
  wait(milliseconds);
  return () => {
    clearTimeout(timer);
  };
}

/** Calls back repeatedly, with the interval limited to what timers support. Returns a function that stops it. */
export function every(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, Math.min(milliseconds, MAX_TIMER_MS));
  return () => {
    clearInterval(timer);
  };
}

/** The value of a promise, or a {@link DeadlineExceeded} if it takes too long. A later result is ignored. */
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

/** Whether all the promises, none of which may reject, settle within the time. */
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

/** Waits for a time or until the signal is aborted. Never rejects. */
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
