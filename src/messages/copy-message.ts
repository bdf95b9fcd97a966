import { setImmediate } from 'node:timers/promises';

import type { ChatMessage } from './chat-message.js';

/** How long a history is copied before the event loop runs other work. */
const SLICE_MS = 20;

/** A deep copy of a message. Strings are shared, so a large image costs nothing. */
export function copyMessage(message: ChatMessage): ChatMessage {
  return copyJson(message);
}

/** Copies of all messages of a long history, made in slices between which other work runs. */
export async function copyInSlices(history: readonly ChatMessage[]): Promise<ChatMessage[]> {
  const copies: ChatMessage[] = [];
  let began = performance.now();
  for (const message of history) {
    copies.push(copyMessage(message));
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
  return copies;
}

/** Most values are texts in small objects, so an object is copied at once and then what is nested in it. */
function copyJson<T extends object>(value: T): T {
  if (Array.isArray(value)) {
    return (value as unknown[]).map((item) => (isNested(item) ? copyJson(item) : item)) as T;
  }
  const copy = { ...value } as Record<string, unknown>;
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (isNested(item)) copy[key] = copyJson(item);
  }
  return copy as T;
}

function isNested(item: unknown): item is object {
  return typeof item === 'object' && item !== null;
}
