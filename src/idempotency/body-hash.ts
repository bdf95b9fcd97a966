import { createHash, type Hash } from 'node:crypto';

/** Characters that are collected before they are hashed, because a call per token would cost more than the hashing. */
const BATCH_CHARACTERS = 64 * 1024;

/**
 * A digest of JSON data that does not depend on the order of keys, and the length of its text. The data is hashed
 * while it is traversed, without a sorted copy.
 */
export function hashJson(value: unknown): { digest: string; length: number } {
  const writer = new HashWriter();
  write(value, writer);
  return { digest: writer.digest(), length: writer.length };
}

class HashWriter {
  private readonly hash: Hash = createHash('sha256');
  private batch = '';
  length = 0;

  write(text: string): void {
    this.batch += text;
    if (this.batch.length >= BATCH_CHARACTERS) this.flush();
  }

  digest(): string {
    this.flush();
    return this.hash.digest('hex');
  }

  private flush(): void {
    this.hash.update(this.batch);
    this.length += this.batch.length;
    this.batch = '';
  }
}

function write(value: unknown, to: HashWriter): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      to.write(index === 0 ? '[' : ',');
      write(value[index], to);
    }
    to.write(value.length === 0 ? '[]' : ']');
  } else if (typeof value === 'object' && value !== null) {
    writeObject(value as Record<string, unknown>, to);
  } else {
    to.write(value === undefined ? 'null' : JSON.stringify(value));
  }
}

function writeObject(value: Record<string, unknown>, to: HashWriter): void {
  let separator = '{';
  for (const key of sortedKeys(value)) {
    if (value[key] === undefined) continue;
    to.write(`${separator}${JSON.stringify(key)}:`);
    write(value[key], to);
    separator = ',';
  }
  to.write(separator === '{' ? '{}' : '}');
}

/** The keys in the order of an object that was filled in sorted order: those like list indices first. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  // Objects have index-like keys first and already sorted.
  const firstName = keys.findIndex((key) => !isIndex(key));
  if (firstName === -1) return keys;
  return [...keys.slice(0, firstName), ...keys.slice(firstName).sort()];
}

function isIndex(key: string): boolean {
  const number = Number(key) >>> 0;
  return String(number) === key && number !== 2 ** 32 - 1;
}
