import { DamagedValueException } from './damaged-value.js';
import { DatabaseRejectedException } from './index.js';
import { toLogLine } from '../logging/log-text.js';
import { readDriverError } from './driver-error.js';

/** The longest constraint name that is shown. */
const MAX_NAME = 63;

/**
 * The reason for a refusal by the database, or for damage in it, safe to show to clients: the SQLSTATE and the
 * constraint, never the driver's message, which may quote stored data.
 */
export function describeRefusal(error: unknown): string {
  if (error instanceof DamagedValueException) return 'a stored value is damaged';
  const cause = error instanceof DatabaseRejectedException ? error.cause : error;
  const code = toLogLine(readDriverError(cause)?.code ?? '').slice(0, MAX_NAME);
  const constraint = constraintOf(cause);
  const facts = [code, constraint && `constraint ${constraint}`].filter(Boolean);
  return facts.length > 0 ? `the database refused it (${facts.join(', ')})` : 'the database refused it';
}

/** An error for what cannot be read, with the reason; without the driver's error, which may quote stored data. */
export function unreadable(what: string, refused: unknown): Error {
  return new Error(`${what} could not be read: ${describeRefusal(refused)}`);
}

function constraintOf(cause: unknown): string | undefined {
  const name = typeof cause === 'object' && cause !== null && 'constraint' in cause ? cause.constraint : '';
  return typeof name === 'string' && name !== '' ? toLogLine(name).slice(0, MAX_NAME) : undefined;
}
