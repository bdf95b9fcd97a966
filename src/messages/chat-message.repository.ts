import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { ChatMessage, RecordedMessage } from './chat-message.js';
import { HISTORY_STORE, type HistoryStore } from './history.store.js';

/** Messages per read; the store reduces batches of large messages. */
const BATCH_MESSAGES = 1_000;

/** How often the whole history is read again because it was replaced during the read. */
const MAX_READINGS = 5;

/** The part of a history to read: from the position `after`, at most `limit` messages; by default all. */
export interface HistoryRange {
  /**
   * How many messages to skip.
   *
   * @default 0
   */
  after?: number | undefined;
  /**
   * How many messages to return at most, 1 to 1,000.
   *
   * @default all
   */
  limit?: number | undefined;
  /**
   * Whether each message has its id, turn and time as well, as a RecordedMessage.
   *
   * @default false
   */
  ids?: boolean | undefined;
}

/** A message of the part of a history that was asked for: with its id, turn and time if `ids` was true. */
export type MessageIn<Range extends HistoryRange> = Range extends { ids: true }
  ? RecordedMessage
  : ChatMessage;

/** A history in batches, oldest message first. */
export interface MessageBatches<Message = ChatMessage> extends AsyncGenerator<Message[], void> {
  /** The position in the session's log up to which these messages show it: the end of the last turn that has ended. */
  readonly lastEventId: number;
}

/** The history was replaced, or its session deleted, between two batches, so the batches do not belong together. */
export class HistoryChanged extends Error {
  override readonly name = 'HistoryChanged';

  constructor() {
    super('The history has changed while it was read');
  }
}

/**
 * Reads recorded histories in batches, so that no statement and no query result grows with a session. Writes to
 * histories are part of the transitions of sessions and turns.
 */
@Injectable()
export class ChatMessageRepository {
  constructor(@Inject(HISTORY_STORE) private readonly histories: HistoryStore) {}

  /** The history, oldest message first; undefined if there is no such session. */
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
   * The history batch by batch. The first batch has been read when this resolves; undefined if there is no such
   * session. Later batches throw {@link HistoryChanged}.
   */
  async open(
    scope: SessionScope,
    sessionId: string,
    { after = 0, limit = Infinity, ids }: HistoryRange = {},
    manager?: EntityManager,
  ): Promise<MessageBatches | undefined> {
    const { histories } = this;
    let end = after + limit;
    const read = (position: number) =>
      histories.history(
        scope,
        sessionId,
        { after: position, limit: Math.min(BATCH_MESSAGES, end - position), ids },
        manager,
      );
    const first = await read(after);
    if (!first) return undefined;
    // What is recorded meanwhile comes after `lastEventId`.
    end = Math.min(end, first.total);
    const { lastEventId } = first;
    const batches = (async function* () {
      let batch = first;
      yield batch.messages;
      while (batch.next !== undefined && batch.next < end) {
        // SQLite reads synchronously: without this, a whole history would block the event loop.
        await nextTurnOfLoop();
        const following = await read(batch.next);
        if (following?.version !== first.version) throw new HistoryChanged();
        batch = following;
        yield batch.messages;
      }
    })();
    return Object.assign(batches, { lastEventId });
  }
}
