/** The edges of a turn's transactions, at which a process may die; tests make it die there. */
export const FAILPOINTS = [
  /** A message is stored, and nobody has been told to run it. */
  'accepted',
  /** A turn is claimed, and the agent has not been called. */
  'claimed',
  /** The agent has answered, and nothing is recorded. */
  'answered',
  /** The turn's end is recorded, and nobody who waits has been told. */
  'recorded',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

let armed: { name: Failpoint; passes: number; fail: () => void } | undefined;

/** Makes the process fail when it comes by a failpoint for the given time (1 for the first). */
export function armFailpoint(name: Failpoint, time: number, fail: () => void): void {
  armed = { name, passes: time, fail };
}

/** Marks an edge. Does nothing unless a test has armed it. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name) return;
  armed.passes--;
  if (armed.passes === 0) armed.fail();
}
