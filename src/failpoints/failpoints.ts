/** The edges of a turn's transactions, at which tests kill the process. */
export const FAILPOINTS = [
  /** A message is stored; no worker has been woken yet. */
  'accepted',
  /** A turn is claimed; the agent has not been called. */
  'claimed',
  /** The agent has returned; nothing is recorded. */
  'answered',
  /** The turn's end is recorded; no waiting client has been notified. */
  'recorded',
  /** A step is recorded; the agent does not know yet. */
  'recorded_step',
  /** The last answer is stored; the turn has not been offered to a worker yet. */
  'resumed',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

let armed: { name: Failpoint; passes: number; fail: () => void } | undefined;

/** Kills the process when it reaches the failpoint for the given time (1 for the first). */
export function armFailpoint(name: Failpoint, time: number, fail: () => void): void {
  armed = { name, passes: time, fail };
}

/** Marks an edge. A no-op unless a test has armed it. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name) return;
  armed.passes--;
  if (armed.passes === 0) armed.fail();
}
