import { DatabaseRejectedException } from '../exceptions/index.js';
import type { RemovedSession } from '../sessions/session.store.js';

/** How a store removes expired sessions: all of a batch, or one of them. */
interface Removal {
  all: () => Promise<RemovedSession[]>;
  ids: () => Promise<{ id: string }[]>;
  one: (id: string) => Promise<RemovedSession[]>;
  onError?: (sessionId: string, error: unknown) => void;
}

/**
 * Removes a batch, or its sessions one by one if the database refuses to remove one of them, because that one must not
 * keep the others.
 */
export async function removeEachAlone({ all, ids, one, onError }: Removal): Promise<RemovedSession[]> {
  try {
    return await all();
  } catch (error) {
    if (!onError || !(error instanceof DatabaseRejectedException)) throw error;
  }
  const removed: RemovedSession[] = [];
  for (const { id } of await ids()) {
    try {
      removed.push(...(await one(id)));
    } catch (error) {
      if (!(error instanceof DatabaseRejectedException)) throw error;
      onError(id, error);
    }
  }
  return removed;
}
