import { DatabaseUnavailableException, TryAgainException } from '../../exceptions/index.js';
import { readDriverError } from '../driver-error.js';

/** SQLSTATEs that mean "somebody else holds it": lock not available, deadlock, serialization failure. */
const CONTENTION = new Set(['55P03', '40P01', '40001']);

/** SQLSTATEs of a server that starts, stops, is full or has just become read-only. */
const UNAVAILABLE = new Set(['57P01', '57P02', '57P03', '53300', '53400', '25006']);

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What pg says, without a code, of connections that broke or were not to be had. */
const BROKEN =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|connection ended|not queryable|driver not connected|datasource is not (set|initialized)|cannot use a pool after calling end/i;

/** An error of the driver as one of ours where it says that the database is away or busy; else unchanged. */
export function translatePostgresError(error: unknown): unknown {
  const read = readDriverError(error);
  if (!read) return error;
  const { code, message } = read;
  if (CONTENTION.has(code)) return new TryAgainException(error);
  if (UNAVAILABLE.has(code) || code.startsWith('08') || NETWORK.has(code) || BROKEN.test(message)) {
    return new DatabaseUnavailableException(error);
  }
  return error;
}
