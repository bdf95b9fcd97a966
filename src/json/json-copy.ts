import { MAX_JSON_DEPTH, MAX_JSON_VALUES, shownPath, TOO_DEEP, TOO_MANY_VALUES } from './json-safety.js';

/** A copy as JSON data, or why there is none: the path to a value with its problem. */
export type JsonCopy = { copy: unknown } | { problem: string };

/**
 * Copies what a caller in the process passes as JSON data, as `JSON.stringify` would write it, so that getters, `toJSON`
 * and later changes have no effect afterwards. What JSON would lose or cannot write (a Map, a BigInt, a cycle) is a
 * problem, and so is a value that throws when it is read.
 */
export function copyJson(value: unknown): JsonCopy {
  const copying = new Copying();
  try {
    return { copy: copying.copy(value) };
  } catch (error) {
    const problem = error instanceof NoJson ? error.message : 'cannot be read, because that throws an error';
    return { problem: `${shownPath(copying.path)} ${problem}` };
  }
}

/** A problem, worded to follow the path. */
class NoJson extends Error {}

class Copying {
  /** The keys and indices of the current value; after a problem, of the value that has it. */
  readonly path: (string | number)[] = [];
  private readonly containers = new Set<object>();
  private left = MAX_JSON_VALUES;

  copy(given: unknown): unknown {
    const value = this.written(given);
    if (typeof value === 'object' && value !== null) return this.copyContainer(value);
    if (['bigint', 'symbol', 'function'].includes(typeof value)) throw noJson(`of type ${typeof value}`);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) throw noJson(String(value));
    // JSON has no -0.
    return value === 0 ? 0 : value;
  }

  private written(value: unknown): unknown {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'bigint') return value;
    const { toJSON } = value as { toJSON?: unknown };
    return typeof toJSON === 'function' ? toJSON.call(value, String(this.path.at(-1) ?? '')) : value;
  }

  /** Recursion is safe, because the depth is limited. */
  private copyContainer(value: object): unknown {
    if (this.containers.has(value)) throw new NoJson('must not contain itself');
    if (this.containers.size === MAX_JSON_DEPTH) throw new NoJson(TOO_DEEP);
    this.containers.add(value);
    const copy = Array.isArray(value) ? this.copyItems(value) : this.copyFields(value);
    this.containers.delete(value);
    return copy;
  }

  private copyItems(list: unknown[]): unknown[] {
    this.count(list.length);
    // Not `map`, which leaves gaps.
    return Array.from(list.keys(), (index) => this.copyPart(list, index) ?? null);
  }

  private copyFields(value: object): object {
    const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
    if (kind !== 'Object') throw noJson(`of type ${kind}`);
    const keys = Object.keys(value);
    this.count(keys.length);
    return Object.fromEntries(keys.map((key) => [key, this.copyPart(value, key)]));
  }

  private copyPart(container: object, key: string | number): unknown {
    this.path.push(key);
    const copy = this.copy((container as Record<string | number, unknown>)[key]);
    this.path.pop();
    return copy;
  }

  private count(values: number): void {
    this.left -= values;
    if (this.left < 0) throw new NoJson(TOO_MANY_VALUES);
  }
}

function noJson(what: string): NoJson {
  return new NoJson(`must be JSON, but is ${what}`);
}
