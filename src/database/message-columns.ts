import { type ChatMessage, messageDetails } from '../messages/chat-message.js';
import { parseStored } from './stored-json.js';

/** A message as its table's columns. */
export interface MessageRow {
  role: ChatMessage['role'];
  content: string | null;
  /** JSON text. */
  details: string | null;
}

export function toMessageRow(message: ChatMessage): MessageRow {
  const details = messageDetails(message);
  return {
    role: message.role,
    content: message.content ?? null,
    details: details === undefined ? null : JSON.stringify(details),
  };
}

export function fromMessageRow({ role, content, details }: MessageRow): ChatMessage {
  const rest = details === null ? {} : (parseStored(details) as Partial<ChatMessage>);
  return { role, content, ...rest };
}

/** The size of a message besides its content and details, as `maxHistory` counts it. */
const MESSAGE_OVERHEAD_BYTES = 32;

/** The size of messages, as `maxHistory` counts it: approximately that of their JSON. */
export function sizeOf(rows: readonly MessageRow[]): number {
  let bytes = 0;
  for (const { content, details } of rows) {
    bytes += MESSAGE_OVERHEAD_BYTES + byteLength(content) + byteLength(details);
  }
  return bytes;
}

function byteLength(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text);
}

/** Parses messages from JSON text of `[role, content, details]` each, which both dialects can aggregate. */
export function fromMessageTuples(json: string): ChatMessage[] {
  const tuples = JSON.parse(json) as [ChatMessage['role'], string | null, string | null][];
  return tuples.map(([role, content, details]) => fromMessageRow({ role, content, details }));
}

/** Messages column by column, as PostgreSQL's `unnest` expects them, and their size. */
export function messageColumns(messages: ChatMessage[]): {
  bytes: number;
  roles: string[];
  contents: (string | null)[];
  details: (string | null)[];
} {
  const rows = messages.map(toMessageRow);
  return {
    bytes: sizeOf(rows),
    roles: rows.map(({ role }) => role),
    contents: rows.map(({ content }) => content),
    details: rows.map(({ details }) => details),
  };
}
