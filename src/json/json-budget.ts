import { MAX_JSON_KEYS, MAX_JSON_VALUES, TOO_MANY_KEYS, TOO_MANY_VALUES } from './json-safety.js';

/** A value exceeds a limit of its {@link JsonBudget}. */
export class JsonTooLarge extends Error {
  override readonly name = 'JsonTooLarge';

  constructor(
    readonly limit: 'bytes' | 'values' | 'keys' | 'depth',
    /** The problem, worded to follow the name of the value. */
    problem: string,
  ) {
    super(problem);
  }
}

/** A function for the second parameter of `JSON.stringify`. */
export type Replacer = (this: unknown, key: string, item: unknown) => unknown;

/** An array or object that is being written. */
interface Open {
  container: object;
  items: number;
}

/**
 * Makes the JSON of values of this process, and counts it meanwhile, so that a value which is too large is refused
 * before it costs more time and memory. V8 lists the keys of an object before it gives the first one, which no check
 * can prevent: 0.5 s of CPU for a million keys, which took two to three times as long to add.
 */
export class JsonBudget {
  private values = 0;
  /** At most the size of the JSON. */
  private bytes = 0;

  constructor(private readonly limits: { bytes: number; depth: number }) {}

  /** Counts a text that is not written as JSON, and other parts of a value. Throws JsonTooLarge. */
  add(text: string, otherBytes = 0): void {
    this.count(text.length + otherBytes);
  }

  /** The JSON text, as of `JSON.stringify`; undefined for a value that has none. Throws JsonTooLarge as soon as a limit is exceeded. */
  stringify(value: unknown, replacer?: Replacer): string | undefined {
    const open: Open[] = [];
    let last: unknown;
    const step = (container: object, key: string, item: unknown) => {
      // `JSON.stringify` writes depth first: the container is the last item, the current one or one further out.
      if (container === last || open.length === 0) open.push({ container, items: 0 });
      let current = open.at(-1);
      for (; current && current.container !== container; current = open.at(-1)) open.pop();
      last = item;
      if (!current) return;
      const isList = Array.isArray(container);
      // In a list it is written as null.
      if (item === undefined && !isList) return;
      if (typeof item === 'object' && item !== null && open.length > this.limits.depth) {
        throw new JsonTooLarge('depth', `must not be nested deeper than ${this.limits.depth} levels`);
      }
      current.items++;
      if (!isList && current.items > MAX_JSON_KEYS) throw new JsonTooLarge('keys', TOO_MANY_KEYS);
      this.count((isList ? 0 : key.length) + (typeof item === 'string' ? item.length : 0));
    };
    const text: unknown = JSON.stringify(value, function (this: object, key, item: unknown) {
      const replaced = replacer ? replacer.call(this, key, item) : item;
      step(this, key, replaced);
      return replaced;
    });
    return text as string | undefined;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.bytes) {
      throw new JsonTooLarge('bytes', `must not be larger than ${this.limits.bytes} bytes`);
    }
    if (++this.values > MAX_JSON_VALUES) throw new JsonTooLarge('values', TOO_MANY_VALUES);
  }
}
