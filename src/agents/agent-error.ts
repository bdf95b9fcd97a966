import { toStorableText } from '../json/json-safety.js';

const MAX_LENGTH = 1000;

/** What clients are told of an error that an agent threw: its message's first line, never a stack trace. */
export function describeAgentError(error: unknown): string {
  const line = messageOf(error)
    .split(/[\r\n\u2028\u2029]/)
    .find((part) => part.trim() !== '');
  return toStorableText((line ?? 'The agent failed').trim().slice(0, MAX_LENGTH));
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  try {
    const { message, name } = error as { message?: unknown; name?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return error instanceof Error && typeof name === 'string' ? name : '';
  } catch {
    // What an agent throws may throw when it is read.
    return '';
  }
}
