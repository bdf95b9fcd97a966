/** How deep a request's JSON may be nested. */
export const MAX_JSON_DEPTH = 64;

/** U+0000 (no PostgreSQL text may hold it) or half of a surrogate pair (no UTF-8 may). */
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const UNSTORABLE_ALL = new RegExp(UNSTORABLE.source, 'g');

/** Whether a text can be stored and sent as it is. */
export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** The text with U+FFFD in place of what cannot be stored: for an agent's output, which nobody can be asked to mend. */
export function toStorableText(text: string): string {
  return isStorableText(text) ? text : text.replace(UNSTORABLE_ALL, '\uFFFD');
}

/** A copy of JSON data with every string and key storable. */
export function toStorableJson(value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value);
  if (Array.isArray(value)) return value.map(toStorableJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [toStorableText(key), toStorableJson(item)]),
  );
}

/**
 * What makes request data unfit to be stored, naming the field: characters that PostgreSQL refuses, a
 * `__proto__` key, nesting beyond {@link MAX_JSON_DEPTH}. Undefined where nothing does. The recursion is no
 * deeper than the nesting that is allowed.
 */
export function findUnsafeJson(value: unknown, depth = 0): UnsafeJson | undefined {
  if (typeof value === 'string') {
    return isStorableText(value) ? undefined : new UnsafeJson('must not contain U+0000 or a lone surrogate');
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_JSON_DEPTH) {
    return new UnsafeJson(`must not be nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const unsafe = findUnsafeJson(value[index], depth + 1);
      if (unsafe) return unsafe.within(index);
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return new UnsafeJson('is not an allowed key').within(key);
    if (!isStorableText(key)) {
      return new UnsafeJson('must not contain U+0000 or a lone surrogate in its name').within(key);
    }
    const unsafe = findUnsafeJson((value as Record<string, unknown>)[key], depth + 1);
    if (unsafe) return unsafe.within(key);
  }
  return undefined;
}

/** How much of a field's path a message shows; the path comes from the client. */
const MAX_SHOWN_PATH = 120;

/** Where unfit data stands, gathered on the way out of it. */
class UnsafeJson {
  private path = '';

  constructor(private readonly problem: string) {}

  within(key: string | number): this {
    const own = typeof key === 'number' ? `[${key}]` : key;
    this.path = this.path === '' || this.path.startsWith('[') ? own + this.path : `${own}.${this.path}`;
    return this;
  }

  toString(): string {
    const path = toStorableText(this.path || 'body');
    const shown = path.length > MAX_SHOWN_PATH ? `${path.slice(0, MAX_SHOWN_PATH)}…` : path;
    return `${toStorableText(shown)} ${this.problem}`;
  }
}
