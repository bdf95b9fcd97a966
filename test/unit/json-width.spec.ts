import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  MAX_JSON_KEYS_IN_ALL,
  MAX_JSON_VALUES,
  TOO_MANY_KEYS_IN_ALL,
  TOO_MANY_VALUES,
} from '../../src/json/json-safety.js';
import { JsonWidth } from '../../src/json/json-width.js';

/** Counts in chunks of this many bytes. */
function widthOf(text: string, size = 65_536): JsonWidth {
  const bytes = Buffer.from(text);
  const width = new JsonWidth();
  for (let at = 0; at < bytes.length; at += size) width.add(bytes.subarray(at, at + size));
  return width;
}

/** Objects of ten keys each, which hold this many. */
function keys(count: number): string {
  const object = (size: number) => `{${Array.from({ length: size }, (_, key) => `"${key}":1`).join()}}`;
  return `[${object(count % 10)},${Array(Math.floor(count / 10))
    .fill(object(10))
    .join()}]`;
}

describe('the number of values in JSON text', () => {
  it('is counted without parsing, for all divisions into chunks', () => {
    const texts = fc.string({
      unit: fc.constantFrom('"', '\\', ',', ':', '{', '[', 'a', 'ü', '😀'),
      maxLength: 80,
    });
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(texts), fc.integer({ min: 1, max: 50 }), (json, strings, size) => {
        const value = [json, strings];
        let commas = 0;
        let containers = 0;
        const walk = (item: unknown): void => {
          if (typeof item !== 'object' || item === null) return;
          containers++;
          const items = Object.values(item) as unknown[];
          commas += Math.max(0, items.length - 1);
          items.forEach(walk);
        };
        walk(value);
        expect(widthOf(JSON.stringify(value), size).values).toBe(commas + containers);
      }),
    );
  });

  it.each([
    ['as many as there may be', `[${'1,'.repeat(MAX_JSON_VALUES - 1)}1]`, undefined],
    ['one list more', `[${'[],'.repeat(MAX_JSON_VALUES)}[]]`, TOO_MANY_VALUES],
    [
      'one number more than are allowed beside one',
      `[${'1,'.repeat(MAX_JSON_VALUES + 1)}1]`,
      TOO_MANY_VALUES,
    ],
    ['a text that looks like many', `["${'{},'.repeat(MAX_JSON_VALUES)}"]`, undefined],
    ['as many keys as there may be', keys(MAX_JSON_KEYS_IN_ALL), undefined],
    ['one key more', keys(MAX_JSON_KEYS_IN_ALL + 1), TOO_MANY_KEYS_IN_ALL],
    ['a text that looks like many keys', JSON.stringify(keys(MAX_JSON_KEYS_IN_ALL + 1)), undefined],
  ])('is too large or not: %s', (_what, text, problem) => {
    expect(widthOf(text).problem).toBe(problem);
  });
});
