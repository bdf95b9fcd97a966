import { toStorableText } from '../json/json-safety.js';
import { toLogLine } from '../logging/log-text.js';

const MAX_LENGTH = 1000;

/** How much of a message or a stack trace is looked through. Longer ones take seconds, and memory for each line. */
const MAX_SEARCHED = 10_000;

/** What clients are told of an error that an agent threw: its message's first line, never a stack trace. */
export function describeAgentError(error: unknown): string {
  const line = messageOf(error)
    .slice(0, MAX_SEARCHED)
    .split(/[\r\n\u2028\u2029]/)
    .find((part) => part.trim() !== '');
  return toStorableText((line ?? 'The agent failed').trim().slice(0, MAX_LENGTH));
}

/** An agent's error as logs show it: its class and position, without its message. */
export function locateAgentError(error: unknown): string {
  try {
    const { name, message } = error as Error;
    if (message.length > MAX_SEARCHED) return toLogLine(name);
    // Not read before, because V8 then makes it of the message.
    const { stack = '' } = error as Error;
    // The frames follow the message, which may itself look like a frame.
    const [, frames = ''] = stack.split(`${message}\n`, 2);
    const [frame = ''] = /^[ \t]{1,20}at .{1,1000}:\d+:\d+\)?$/m.exec(frames.slice(0, MAX_SEARCHED)) ?? [];
    return toLogLine(`${name} ${frame.trim()}`);
  } catch {
    return typeof error;
  }
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
