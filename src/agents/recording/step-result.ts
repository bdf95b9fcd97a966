import { JsonBudget, JsonTooLarge } from '../../json/json-budget.js';
import { MAX_RECORDING } from './recording.js';

/** The size of one result. JSON is read and written recursively, so its depth is limited as well. */
const LIMITS = { bytes: MAX_RECORDING, depth: 500 };

/**
 * The result of a step as JSON text; null for undefined. Throws a TypeError that names the step for a value that a
 * replay could not give back: what JSON drops or changes must not differ between the first run and a replay.
 */
export function stepResultJson(name: string, result: unknown): string | null {
  if (result === undefined) return null;
  try {
    const text = new JsonBudget(LIMITS).stringify(result, rejectWhatJsonChanges);
    if (text !== undefined) return text;
    throw new ChangedByJson(kindOf(result));
  } catch (error) {
    throw new TypeError(`The result of the step "${name}" cannot be recorded, because ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** What JSON would drop or change. */
class ChangedByJson extends TypeError {}

function reasonOf(error: unknown): string {
  if (error instanceof JsonTooLarge) return `it ${error.message}`;
  if (error instanceof ChangedByJson) return `it contains ${error.message}`;
  // Of a cycle, or what a getter throws.
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return `it is no JSON: ${line ?? ''}`;
}

/** A replacer of `JSON.stringify`, which has called `toJSON` already; `this` still has the value. */
function rejectWhatJsonChanges(this: unknown, key: string, converted: unknown): unknown {
  const value = (this as Record<string, unknown>)[key];
  // JSON drops a property that is undefined, which reads the same afterwards.
  if (value === undefined && !Array.isArray(this)) return undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || isJsonNumber(value))
    return value;
  if (typeof value === 'object' && (Array.isArray(value) || isPlain(value))) return converted;
  throw new ChangedByJson(`${kindOf(value)}${key === '' ? '' : ` in "${key}"`}`);
}

function isJsonNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

/** An object whose own properties are all that it is; of an object with `toJSON` a replay would give something else. */
function isPlain(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && !('toJSON' in value);
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' ? 'a BigInt' : `a ${typeof value}`;
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return `a ${name === 'Object' ? 'value with toJSON' : name}`;
}
