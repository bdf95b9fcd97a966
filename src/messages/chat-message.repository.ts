import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { ChatMessage } from './chat-message.js';
import { HISTORY_STORE, type HistoryStore } from './history.store.js';

/** How many messages are read at once; the store makes batches of large messages smaller. */
const BATCH_MESSAGES = 1_000;

/** How often a whole history is read anew because it was replaced meanwhile. */
const MAX_READINGS = 5;

/** Which part of a history to read: from the position `after` on, at most `limit` messages; by default all. */
export interface HistoryRange {
  after?: number | undefined;
  limit?: number | undefined;
}

/** The history was replaced, or its session deleted, between two batches: what was read is a part of what was. */
export class HistoryChanged extends Error {
  override readonly name = 'HistoryChanged';

  constructor() {
    super('The history has changed while it was read');
  }
}

/**
 * Reads recorded histories, in batches, so that no statement and no answer of the database grows with a session. What
 * is written to them belongs to the transitions of a session or turn.
 */
@Injectable()
export class ChatMessageRepository {
  constructor(@Inject(HISTORY_STORE) private readonly histories: HistoryStore) {}

  /** A history, oldest message first; undefined where there is no such session. */
  async history(
    scope: SessionScope,
    sessionId: string,
    range: HistoryRange = {},
    manager?: EntityManager,
  ): Promise<ChatMessage[] | undefined> {
    for (let readings = 1; ; readings++) {
      const batches = await this.open(scope, sessionId, range, manager);
      if (!batches) return undefined;
      try {
        const messages: ChatMessage[] = [];
        for await (const batch of batches) for (const message of batch) messages.push(message);
        return messages;
      } catch (error) {
        if (!(error instanceof HistoryChanged) || readings === MAX_READINGS) throw error;
      }
    }
  }

  /**
   * A history batch by batch, the first of which has been read when this resolves; undefined where there is no such
   * session. Later batches throw {@link HistoryChanged}.
   */
  async open(
    scope: SessionScope,
    sessionId: string,
    { after = 0, limit = Infinity }: HistoryRange = {},
    manager?: EntityManager,
  ): Promise<AsyncGenerator<ChatMessage[], void> | undefined> {
    const { histories } = this;
    const end = after + limit;
    const read = (position: number) =>
      histories.history(
        scope,
        sessionId,
        { after: position, limit: Math.min(BATCH_MESSAGES, end - position) },
        manager,
      );
    const first = await read(after);
    if (!first) return undefined;
    return (async function* () {
      let batch = first;
      yield batch.messages;
      while (batch.next !== undefined && batch.next < end) {
        const following = await read(batch.next);
        if (following?.version !== first.version) throw new HistoryChanged();
        batch = following;
        yield batch.messages;
      }
    })();
  }
}
