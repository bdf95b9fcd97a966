import { describeAgentError } from '../agent-error.js';
import { AgentOutputError } from '../turn-output.js';
import type { ErrorReport } from './process-messages.js';

/** More of a text is of no use to anyone who reads a log. */
const MAX_LENGTH = 10_000;

/** What there is to say of anything that an agent threw. */
export function reportError(thrown: unknown): ErrorReport {
  return {
    name: textOf(thrown, 'name') || 'Error',
    message: textOf(thrown, 'message') || describeAgentError(thrown),
    stack: textOf(thrown, 'stack'),
  };
}

/** An error that reads like the one that was reported. */
export function toError({ name, message, stack }: ErrorReport): Error {
  const error = name === AgentOutputError.name ? new AgentOutputError(message) : new Error(message);
  return Object.assign(error, { name, stack });
}

function textOf(thrown: unknown, field: 'name' | 'message' | 'stack'): string {
  try {
    const value: unknown = (thrown as Partial<Error> | null | undefined)?.[field];
    return typeof value === 'string' ? value.slice(0, MAX_LENGTH) : '';
  } catch {
    // What an agent throws may throw when it is read.
    return '';
  }
}
