import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { ChatMessage } from './chat-message.js';

/** Injection token of the {@link HistoryStore}. */
export const HISTORY_STORE = Symbol.for('nestjs-agent-sessions:history-store');

/** A piece of a session's recorded history. */
export interface HistoryBatch {
  messages: ChatMessage[];
  /** The position after the last of them, where more follow. */
  next?: number;
  /** Differs where the whole history has been replaced between two batches, so that they do not fit together. */
  version: number;
}

/** Reads recorded histories, one batch at a time. Throws DatabaseUnavailableException. */
export interface HistoryStore {
  /**
   * The messages from the position `after` on: at most `limit`, fewer where they are large, so that no batch is
   * larger than a few MiB and one message. Undefined where there is no such session.
   */
  history(
    scope: SessionScope,
    id: string,
    page: { after: number; limit: number },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined>;
}
