import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  findUnsafeJson,
  isStorableText,
  MAX_JSON_DEPTH,
  toStorableJson,
  toStorableText,
} from '../../src/json/json-safety.js';

/** Texts of arbitrary UTF-16 code units, often with lone surrogates and U+0000. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom('\0', '\ud83d', '\ude00', '😀', 'a'), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));

const anyJson = fc.jsonValue({ stringUnit: 'binary' });

describe('storable text', () => {
  it.each(['', 'hello', 'ü', '😀', '\u0001\u001f\u007f', '\ufffd\uffff', '\u2028', '👨‍👩‍👧'])(
    'includes %j',
    (text) => {
      expect(isStorableText(text)).toBe(true);
      expect(toStorableText(text)).toBe(text);
    },
  );

  it.each([
    ['\0', '\uFFFD'],
    ['a\0b\0', 'a\uFFFDb\uFFFD'],
    ['\ud83d', '\uFFFD'],
    ['\ude00', '\uFFFD'],
    ['\ude00\ud83d', '\uFFFD\uFFFD'],
    ['\ud83d\ud83d\ude00', '\uFFFD😀'],
    ['😀\ude00', '😀\uFFFD'],
  ])('excludes %j, which becomes %j', (text, storable) => {
    expect(isStorableText(text)).toBe(false);
    expect(toStorableText(text)).toBe(storable);
  });

  it('is exactly the text that survives UTF-8 and has no U+0000', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const survives = Buffer.from(text, 'utf8').toString('utf8') === text && !text.includes('\0');
        expect(isStorableText(text)).toBe(survives);
        const storable = toStorableText(text);
        expect(isStorableText(storable)).toBe(true);
        expect(storable).toHaveLength(text.length);
      }),
    );
  });
});

describe('JSON made storable', () => {
  it('keeps all values and keys except characters that cannot be stored', () => {
    const value = { 'a\0': ['\ud800', { b: 'ok' }], n: null, t: true, x: 1.5 };
    expect(toStorableJson(value)).toEqual({ 'a\uFFFD': ['\uFFFD', { b: 'ok' }], n: null, t: true, x: 1.5 });
  });

  it('keeps an own __proto__ key as a key', () => {
    const storable = toStorableJson(JSON.parse('{"__proto__":{"polluted":1}}')) as object;
    expect(Object.keys(storable)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('contains nothing unsafe, for any input', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, anyJson)), (value) => {
        const unsafe = findUnsafeJson(toStorableJson(value))?.toString();
        expect(unsafe ?? '').not.toContain('U+0000');
      }),
    );
  });
});

describe('unsafe JSON', () => {
  const problem = (value: unknown) => findUnsafeJson(value)?.toString();
  const nested = (depth: number, core: unknown = 1): unknown =>
    Array.from({ length: depth }).reduce((inner) => ({ a: inner }), core);

  it.each([
    [{ a: 'x\0' }, 'a must not contain U+0000 or a lone surrogate'],
    [{ a: { b: ['x', { c: '\ud800' }] } }, 'a.b[1].c must not contain'],
    [['ok', '\0'], '[1] must not contain'],
    ['\0', 'body must not contain'],
    [{ a: { 'k\0': 1 } }, 'a.k\uFFFD must not contain U+0000 or a lone surrogate in its name'],
    [JSON.parse('{"a":{"__proto__":1}}'), 'a.__proto__ is not an allowed key'],
  ])('%j is described by its field', (value, description) => {
    expect(problem(value)).toContain(description);
  });

  it.each<unknown>([1, null, true, 'text', {}, [], { constructor: 1, prototype: 2 }, { a: [{ b: '😀' }] }])(
    'does not include %j',
    (value) => {
      expect(problem(value)).toBeUndefined();
    },
  );

  it(`includes nesting deeper than ${MAX_JSON_DEPTH} levels, without a deeper search`, () => {
    expect(problem(nested(MAX_JSON_DEPTH))).toBeUndefined();
    expect(problem(nested(MAX_JSON_DEPTH + 1))).toContain('must not be nested deeper than 64 levels');
    expect(problem(nested(100_000))).toContain('must not be nested deeper');
    expect(problem(nested(MAX_JSON_DEPTH - 1, [[]]))).toContain('must not be nested deeper');
  });

  it('is described in one short line of storable text, for any input', () => {
    const long = { ['\ud83d\ude00'.repeat(5_000)]: { ['x\n\0'.repeat(9)]: '\0' } };
    const line = problem(long) ?? '';
    expect(line.length).toBeLessThan(300);
    expect(isStorableText(line)).toBe(true);
  });
});
