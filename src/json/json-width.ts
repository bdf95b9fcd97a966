import {
  MAX_JSON_KEYS_IN_ALL,
  MAX_JSON_VALUES,
  TOO_MANY_KEYS_IN_ALL,
  TOO_MANY_VALUES,
} from './json-safety.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * Counts the values and keys in UTF-8 JSON text before it is parsed, chunk by chunk. Parsing millions of empty objects
 * takes seconds and a hundred times the memory of the text; counting them takes milliseconds.
 */
export class JsonWidth {
  private commas = 0;
  private containers = 0;
  private keys = 0;
  private inString = false;
  private isEscaped = false;
  /** Positions in the current chunk, as far as it has been searched. */
  private nextBackslash = -1;
  private nextQuote = -1;

  /** The approximate number of values so far: at most the real number, at least half of it. */
  get values(): number {
    return this.commas + this.containers;
  }

  /** What a request may not hold so many of, worded to follow `body`; undefined if the text may be parsed. */
  get problem(): string | undefined {
    if (this.commas > MAX_JSON_VALUES || this.containers > MAX_JSON_VALUES + 1) return TOO_MANY_VALUES;
    return this.keys > MAX_JSON_KEYS_IN_ALL ? TOO_MANY_KEYS_IN_ALL : undefined;
  }

  add(chunk: Buffer): void {
    this.nextBackslash = this.nextQuote = -1;
    let at = 0;
    while (at < chunk.length && this.problem === undefined)
      at = this.inString ? this.endString(chunk, at) : this.scan(chunk, at);
  }

  /** Counts until the next string; returns where that begins. */
  private scan(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === COMMA) this.commas++;
      else if (byte === COLON) this.keys++;
      else if (byte === BRACE || byte === BRACKET) this.containers++;
      else if (byte === QUOTE) {
        this.inString = true;
        return at + 1;
      }
    }
    return chunk.length;
  }

  /** Skips the rest of a string; returns where it ends. */
  private endString(chunk: Buffer, from: number): number {
    let at = from;
    let near = at + NEAR_BYTES;
    if (this.isEscaped) {
      this.isEscaped = false;
      at++;
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        if (++at === chunk.length) this.isEscaped = true;
        near = at + NEAR_BYTES;
      } else if (at > near) {
        at = this.nextSpecial(chunk, at) - 1;
        near = chunk.length;
      }
    }
    return chunk.length;
  }

  /** The position of the next quote or backslash. Caches both, so that no part is searched twice. */
  private nextSpecial(chunk: Buffer, from: number): number {
    if (this.nextBackslash < from) this.nextBackslash = find(chunk, BACKSLASH, from);
    if (this.nextQuote < from) this.nextQuote = find(chunk, QUOTE, from);
    return Math.min(this.nextBackslash, this.nextQuote);
  }
}

/** Bytes of a string that are checked one by one before a native search, which is faster over long distances. */
const NEAR_BYTES = 32;

function find(chunk: Buffer, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found === -1 ? chunk.length : found;
}
