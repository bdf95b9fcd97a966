import type { ErrorReport } from '../../logging/error-report.js';
import { AgentOutputError } from '../agent-output-error.js';

/** An error with the properties of a reported one, causes included. */
export function toError({ name, message, code, frames, cause, errors }: ErrorReport): Error {
  const options = cause && { cause: toError(cause) };
  const error = errors
    ? new AggregateError(errors.map(toError), message, options)
    : plain(name, message, code, options);
  const stack = [message === '' ? name : `${name}: ${message}`, ...frames.map((frame) => `    ${frame}`)];
  return Object.assign(error, { name, stack: stack.join('\n') }, code === undefined ? {} : { code });
}

function plain(name: string, message: string, code: string | undefined, options?: ErrorOptions): Error {
  if (name !== AgentOutputError.name) return new Error(message, options);
  return new AgentOutputError(message, code === 'history_too_large' ? code : 'output_rejected');
}
