import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { ChatMessage } from './chat-message.js';

/** Injection token of the {@link HistoryStore}. */
export const HISTORY_STORE = Symbol.for('nestjs-agent-sessions:history-store');

/** A part of a session's recorded history. */
export interface HistoryBatch {
  /** Each a RecordedMessage if ids were asked for. */
  messages: ChatMessage[];
  /** The position after the last message, if more follow. */
  next?: number;
  /** Changes when the whole history is replaced, so that batches of different versions are detected. */
  version: number;
  /** The length of the whole history. */
  total: number;
  /** The last event of the turns that this history shows: the last one of the last turn that has ended. */
  lastEventId: number;
}

/**
 * Reads recorded histories, one batch at a time; it has no transitions. Each batch is one consistent read. Between two
 * batches the history can grow, which changes nothing before its end, or be replaced, which `version` shows. Throws
 * DatabaseUnavailableException.
 */
export interface HistoryStore {
  /**
   * The messages from the position `after` on: at most `limit`, fewer if they are large, so that a batch holds at
   * most a few MiB plus one message. Undefined if there is no such session.
   */
  history(
    scope: SessionScope,
    id: string,
    page: { after: number; limit: number; ids?: boolean },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined>;
}
