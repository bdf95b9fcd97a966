import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { JsonBudget } from '../../src/json/json-budget.js';

const LIMITS = { bytes: 1_000_000, depth: 10 };
const ofKeys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));

describe('JSON within limits', () => {
  it('is that of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const shared = { value, again: [value, { value }], none: undefined, text: new Date(0) };
        expect(new JsonBudget(LIMITS).stringify(shared)).toBe(JSON.stringify(shared));
      }),
    );
  });

  it.each<[string, unknown]>([
    ['objects of 10,000 keys', [ofKeys(10_000), ofKeys(10_000), {}]],
    ['the same object twice', Array(2).fill(ofKeys(6_000))],
    ['an object around one, before its last keys', { ...ofKeys(5_000), of: ofKeys(5_000), ...ofKeys(5_000) }],
    ['a list of more items', Array(10_001).fill(0)],
    ['249,998 gaps', [Array(249_998)]],
    ['10 levels', JSON.parse('[{"a":'.repeat(5) + '1' + '}]'.repeat(5))],
  ])('may have %s', (_what, value) => {
    expect(new JsonBudget(LIMITS).stringify(value)).toBe(JSON.stringify(value));
  });

  it.each<[string, unknown, string]>([
    ['10,001 keys', ofKeys(10_001), 'must not have more than 10000 keys'],
    [
      '10,001 keys around objects',
      { of: ofKeys(5), ...ofKeys(10_001) },
      'must not have more than 10000 keys',
    ],
    ['250,001 values', [Array(250_001).fill(1)], 'must not hold more than 250000 values'],
    ['250,001 gaps, which are written as null', [Array(250_001)], 'must not hold more than 250000 values'],
    ['11 levels', JSON.parse('[{"a":'.repeat(5) + '[]' + '}]'.repeat(5)), 'deeper than 10 levels'],
    ['too much text', { a: ['x'.repeat(1_000_000)] }, 'must not be larger than 1000000 bytes'],
  ])('is refused with %s', (_what, value, problem) => {
    expect(() => new JsonBudget(LIMITS).stringify(value)).toThrow(problem);
  });

  it('is refused after the limit is reached, and not at the end', () => {
    let read = 0;
    const large = Object.defineProperty(ofKeys(20_000), 'last', { enumerable: true, get: () => ++read });
    expect(() => new JsonBudget(LIMITS).stringify(large)).toThrow('keys');
    expect(read).toBe(0);
  });
});
