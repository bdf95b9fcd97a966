import type { Type } from '@nestjs/common';

import { ValidationFailedException } from '../exceptions/index.js';
import { copyJson } from '../json/json-copy.js';
import { validated } from './validated.js';

/**
 * Creates a DTO from what a caller in the process passes, which may be anything: from a copy as JSON data. Throws
 * ValidationFailedException, whose message names each bad field. A value that is already a DTO has been checked.
 */
export function given<T extends object>(type: Type<T>, value: unknown): T {
  if (isOf(type, value)) return value;
  const copied = copyJson(value);
  if ('problem' in copied) throw new ValidationFailedException([copied.problem]);
  return validated(type, copied.copy);
}

function isOf<T extends object>(type: Type<T>, value: unknown): value is T {
  try {
    return value instanceof type;
  } catch {
    // A revoked proxy has no class.
    return false;
  }
}
