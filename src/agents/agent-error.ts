import { toStorableText } from '../json/json-safety.js';
import { NO_MESSAGE } from '../logging/error-report.js';

const MAX_LENGTH = 1000;

/** How much of a message is searched for its first line. */
const MAX_SEARCHED = 10_000;

/** What clients are told of an error that an agent threw: its message's first line, never a stack trace. */
export function describeAgentError(error: unknown): string {
  const line = messageOf(error)
    .slice(0, MAX_SEARCHED)
    .split(/[\r\n\u2028\u2029]/)
    .find((part) => part.trim() !== '');
  return toStorableText((line ?? NO_MESSAGE).trim().slice(0, MAX_LENGTH));
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  try {
    const { message, name } = error as { message?: unknown; name?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return error instanceof Error && typeof name === 'string' ? name : '';
  } catch {
    // Reading a thrown value may throw.
    return '';
  }
}

/** Whether a thrown value is an instance of a class. Never throws, although examining the value may. */
export function isThrown<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}
