import { signal } from '@preact/signals';

/** Why the last action failed; empty if it did not. */
export const problem = signal('');

/** Runs an action of the user's, and shows why it failed; whether it succeeded. */
export async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  problem.value = '';
  try {
    await run();
    return true;
  } catch (error) {
    problem.value = textOf(error);
    return false;
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
