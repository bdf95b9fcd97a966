import { DamagedValueError } from '../exceptions/damaged-value.js';
import { DatabaseRejectedException } from '../exceptions/index.js';

/**
 * Parses JSON text of a column. Throws DatabaseRejectedException if it is not valid JSON, because reading it again
 * would not help. The parser's own error is left out, because its message quotes stored data.
 */
export function parseStored(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DatabaseRejectedException(new DamagedValueError());
  }
}
