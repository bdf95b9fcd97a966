import { Injectable } from '@nestjs/common';

import type { ChatMessage } from './chat-message.js';

/** Maximum size of all kept histories together, in characters of their texts. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** The length from which a history is not copied at once. */
const LONG = 1024 * 1024;

/** The length of a number, true, false or null. */
const VALUE_LENGTH = 8;

/** The length of a message besides its texts: keys, quotes and the objects themselves. */
const MESSAGE_LENGTH = 64;

/** Which history of which session it is: a replaced history, and another session with the same id, have another name. */
export type HistoryName = string;

interface Kept {
  name: HistoryName;
  messages: readonly ChatMessage[];
  length: number;
}

/**
 * The histories of the sessions whose turns this process ran last, so that the next turn of a conversation does not
 * read them again. A history is only given to a run whose claim has confirmed its name and its number of messages.
 * The messages are shared and must not be changed.
 */
@Injectable()
export class RecentHistories {
  /** By session, the least recently used first. */
  private readonly kept = new Map<string, Kept>();
  private length = 0;

  /** The history, and whether it is too long to be copied at once. */
  find(
    sessionId: string,
    name: HistoryName,
    count: number,
  ): { messages: readonly ChatMessage[]; isLong: boolean } | undefined {
    const kept = this.kept.get(sessionId);
    if (kept?.name !== name || kept.messages.length !== count) return undefined;
    return { messages: kept.messages, isLong: kept.length > LONG };
  }

  /** Keeps a history with the messages that were recorded after it. */
  keep(
    sessionId: string,
    name: HistoryName,
    before: readonly ChatMessage[],
    recorded: readonly ChatMessage[],
  ): void {
    const known = this.kept.get(sessionId);
    const lengthBefore = known?.messages === before ? known.length : lengthOf(before, MAX_LENGTH);
    this.forget(sessionId);
    const length = lengthBefore + lengthOf(recorded, MAX_LENGTH);
    if (length > MAX_LENGTH) return;
    this.kept.set(sessionId, { name, messages: [...before, ...recorded], length });
    this.length += length;
    for (const [oldest] of this.kept) {
      if (this.length <= MAX_LENGTH) break;
      this.forget(oldest);
    }
  }

  forget(sessionId: string): void {
    this.length -= this.kept.get(sessionId)?.length ?? 0;
    this.kept.delete(sessionId);
  }
}

/** The length of all texts in a value; the count stops when it is more than the limit. */
function lengthOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return VALUE_LENGTH;
  let length = MESSAGE_LENGTH;
  for (const item of Object.values(value)) {
    length += lengthOf(item, limit - length);
    if (length > limit) break;
  }
  return length;
}
