import { cpuUsage } from 'node:process';

export interface Blocking<T> {
  result: T;
  /** The longest piece of work between two rounds of the event loop, in ms of CPU time. */
  longest: number;
}

/**
 * Runs something and measures how long it blocks the event loop. Time in which the machine does something else does
 * not count, so a bound holds beside other tests: a piece takes at most its time on the clock, and at most the CPU
 * time of all threads of this process.
 */
export async function blockingOf<T>(run: () => Promise<T>): Promise<Blocking<T>> {
  let longest = 0;
  let isOver = false;
  let began = performance.now();
  let used = cpuUsage();
  const look = () => {
    const { user, system } = cpuUsage(used);
    longest = Math.max(longest, Math.min(performance.now() - began, (user + system) / 1_000));
    began = performance.now();
    used = cpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  try {
    const result = await run();
    look();
    return { result, longest };
  } finally {
    isOver = true;
  }
}

/** The smallest blocking of several tries, because the first ones run before the code is compiled. */
export async function leastBlocking(run: () => Promise<unknown>, enough: number, tries = 5): Promise<number> {
  let least = Infinity;
  for (let count = 0; count < tries && least >= enough; count++) {
    least = Math.min(least, (await blockingOf(run)).longest);
  }
  return least;
}
