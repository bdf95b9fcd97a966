/** U+0000 (not allowed in PostgreSQL text) or half of a surrogate pair (not allowed in UTF-8). */
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The same within JSON text, where `JSON.stringify` escapes it. Also matches some harmless texts. */
const MAY_BE_UNSTORABLE_JSON = /\\u0000|\\ud[89a-f]/;

/** Whether a text can be stored and sent unchanged. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/**
 * The text with U+FFFD in place of characters that cannot be stored. For agents' output, which is not refused because
 * of them.
 */
export function toStorableText(text: string): string {
  return isStorableText(text) ? text : text.replace(UNSTORABLE, '\uFFFD');
}

/** Parses a text that `JSON.stringify` produced, with every string and key made storable. */
export function parseStorableJson(json: string): unknown {
  const value: unknown = JSON.parse(json);
  return MAY_BE_UNSTORABLE_JSON.test(json) ? toStorableJson(value) : value;
}

/** A copy of JSON data with every string and key made storable. */
export function toStorableJson(value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value);
  if (Array.isArray(value)) return value.map(toStorableJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [toStorableText(key), toStorableJson(item)]),
  );
}

/** Maximum nesting depth of a request's JSON. */
export const MAX_JSON_DEPTH = 64;

/** Maximum number of keys in one object of a request. */
export const MAX_JSON_KEYS = 10_000;

/** Maximum number of values in a request: array items and object values together. */
export const MAX_JSON_VALUES = 250_000;

/** Maximum number of keys in all objects of a request together, because each distinct key slows the parser down. */
export const MAX_JSON_KEYS_IN_ALL = 100_000;

/** Problems, worded to follow the path of a field. */
export const TOO_MANY_VALUES = `must not hold more than ${MAX_JSON_VALUES} values`;
export const TOO_MANY_KEYS = `must not have more than ${MAX_JSON_KEYS} keys`;
export const TOO_MANY_KEYS_IN_ALL = `must not hold more than ${MAX_JSON_KEYS_IN_ALL} keys in all its objects`;
export const TOO_DEEP = `must not be nested deeper than ${MAX_JSON_DEPTH} levels`;
const BAD_TEXT = 'must not contain U+0000 or a lone surrogate';
const BAD_NAME = `${BAD_TEXT} in its name`;
const BAD_KEY = 'is not an allowed key';
const UNSAFE_INTEGER =
  'must not be an integer beyond 2^53 - 1, because it would be rounded; send it as a string';
const INFINITE = 'must not be a number beyond 1.8e308, because it cannot be stored; send it as a string';

/** An array or object on the path to the current value. */
interface Level {
  container: object;
  /** Undefined for an array. */
  keys: string[] | undefined;
  length: number;
  /** Index of the item to visit next. */
  next: number;
}

/**
 * Finds what prevents request data from being stored, and names the field: characters that PostgreSQL refuses,
 * numbers that were rounded by parsing, a `__proto__` key, and too much nesting or too many keys or values. Undefined
 * if the data is safe. One pass without recursion, which ends at the first problem.
 */
export function findUnsafeJson(value: unknown): UnsafeJson | undefined {
  const own = problemOf(value);
  if (own !== undefined) return new UnsafeJson(own);
  const levels: Level[] = [];
  const found = (problem: string) => new UnsafeJson(problem, levels);
  let left = MAX_JSON_VALUES;
  let keysLeft = MAX_JSON_KEYS_IN_ALL;
  let entered = enter(value);
  for (;;) {
    if (entered) {
      levels.push(entered);
      if (levels.length > MAX_JSON_DEPTH) return new UnsafeJson(TOO_DEEP, levels.slice(0, -1));
      if (entered.keys && entered.length > MAX_JSON_KEYS)
        return new UnsafeJson(TOO_MANY_KEYS, levels.slice(0, -1));
      left -= entered.length;
      if (left < 0) return new UnsafeJson(TOO_MANY_VALUES);
      keysLeft -= entered.keys?.length ?? 0;
      if (keysLeft < 0) return new UnsafeJson(TOO_MANY_KEYS_IN_ALL);
      entered = undefined;
    }
    const level = levels.at(-1);
    if (!level) return undefined;
    if (level.next === level.length) {
      levels.pop();
      continue;
    }
    const index = level.next++;
    const key = level.keys?.[index];
    if (key === '__proto__') return found(BAD_KEY);
    if (key !== undefined && !isStorableText(key)) return found(BAD_NAME);
    const item = (level.container as Record<string | number, unknown>)[key ?? index];
    const problem = problemOf(item);
    if (problem !== undefined) return found(problem);
    entered = enter(item);
  }
}

function enter(value: unknown): Level | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Array.isArray(value) ? undefined : Object.keys(value);
  return { container: value, keys, length: keys?.length ?? (value as unknown[]).length, next: 0 };
}

/** The problem of a single string or number, if any. */
function problemOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : BAD_TEXT;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return undefined;
  if (Number.isInteger(value)) return UNSAFE_INTEGER;
  return Number.isFinite(value) ? undefined : INFINITE;
}

/** Maximum length of a path in an error message, because the path comes from the client. */
const MAX_SHOWN_PATH = 120;

/** A path for an error message, such as `tool_calls[0].id`; `body` for the whole value. */
export function shownPath(keys: Iterable<string | number>): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else path += path === '' ? key : `.${key}`;
    if (path.length > MAX_SHOWN_PATH) return toStorableText(`${path.slice(0, MAX_SHOWN_PATH)}…`);
  }
  return toStorableText(path || 'body');
}

/** A problem and the path to it. */
class UnsafeJson {
  constructor(
    private readonly problem: string,
    private readonly levels: Level[] = [],
  ) {}

  toString(): string {
    const path = this.levels.map(({ keys, next }) => keys?.[next - 1] ?? next - 1);
    return `${shownPath(path)} ${this.problem}`;
  }
}
