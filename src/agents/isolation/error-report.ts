import { describeAgentError } from '../agent-error.js';
import { AgentOutputError } from '../agent-output-error.js';
import type { ErrorReport } from './process-messages.js';

/** Longer text is useless in a log. */
const MAX_LENGTH = 10_000;

/** A report of any thrown value. */
export function reportError(thrown: unknown): ErrorReport {
  return {
    name: textOf(thrown, 'name') || 'Error',
    message: textOf(thrown, 'message') || describeAgentError(thrown),
    stack: textOf(thrown, 'stack'),
    isTooLarge: thrown instanceof AgentOutputError && thrown.code === 'history_too_large',
  };
}

/** An error with the properties of the reported one. */
export function toError({ name, message, stack, isTooLarge }: ErrorReport): Error {
  const code = isTooLarge ? 'history_too_large' : 'output_rejected';
  const error = name === AgentOutputError.name ? new AgentOutputError(message, code) : new Error(message);
  return Object.assign(error, { name, stack });
}

function textOf(thrown: unknown, field: 'name' | 'message' | 'stack'): string {
  try {
    const value: unknown = (thrown as Partial<Error> | null | undefined)?.[field];
    return typeof value === 'string' ? value.slice(0, MAX_LENGTH) : '';
  } catch {
    // Reading a thrown value may throw.
    return '';
  }
}
