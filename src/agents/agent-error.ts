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
  if (error instanceof Error) return error.message || error.name;
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : '';
}
