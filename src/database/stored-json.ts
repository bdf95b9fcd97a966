import { DamagedValueException } from '../exceptions/damaged-value.js';

/**
 * Parses JSON text of a column. Throws DamagedValueException if it is not valid JSON. The parser's own error is left out, because its message quotes stored data.
 */
export function parseStored(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DamagedValueException();
  }
}
