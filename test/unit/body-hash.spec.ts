import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';

import { hashJson } from '../../src/idempotency/body-hash.js';

/** The former hash, which is still stored for existing requests. */
function hashOfSortedCopy(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

describe('the hash of a body', () => {
  it('equals that of its text with sorted keys', () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '10', '2', '-1', '01', '4294967295', 'toJSON', 'length'),
    );
    const anyJson = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.array(tie('value')),
        fc.dictionary(keys, tie('value')),
        fc.constant(undefined),
      ),
    })).value;
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(hashJson([value]).digest).toBe(hashOfSortedCopy([value]));
      }),
    );
  });

  it('is independent of the size of the body', () => {
    const value = {
      texts: ['ü'.repeat(100_000), '\ud83d\ude00'.repeat(65_537)],
      list: Array(50_000).fill('x'),
    };
    expect(hashJson(value).digest).toBe(hashOfSortedCopy(value));
  });
});
