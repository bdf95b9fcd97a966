import { type ChatMessage, messageDetails } from '../messages/chat-message.js';

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
  const rest = details === null ? {} : (JSON.parse(details) as Partial<ChatMessage>);
  return { role, content, ...rest };
}

/** Messages from JSON text of `[role, content, details]` each, as both dialects can aggregate them. */
export function fromMessageTuples(json: string): ChatMessage[] {
  const tuples = JSON.parse(json) as [ChatMessage['role'], string | null, string | null][];
  return tuples.map(([role, content, details]) => fromMessageRow({ role, content, details }));
}

/** Messages column by column, as PostgreSQL's `unnest` takes them. */
export function messageColumns(messages: ChatMessage[]): {
  roles: string[];
  contents: (string | null)[];
  details: (string | null)[];
} {
  const rows = messages.map(toMessageRow);
  return {
    roles: rows.map(({ role }) => role),
    contents: rows.map(({ content }) => content),
    details: rows.map(({ details }) => details),
  };
}
