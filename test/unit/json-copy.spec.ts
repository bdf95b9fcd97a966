import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { copyJson } from '../../src/json/json-copy.js';

describe('a copy as JSON data', () => {
  it('is what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(copyJson(value)).toEqual({ copy: JSON.parse(JSON.stringify(value)) as unknown });
      }),
    );
  });

  it.each<[kind: string, value: unknown]>([
    ['undefined fields and items', { a: undefined, b: [undefined, 1] }],
    ['gaps in a list', [, 1, ,]], // eslint-disable-line no-sparse-arrays
    ['-0', [-0, { a: -0 }]],
    ['dates', { at: new Date(5), list: [new Date(5)] }],
    ['an invalid date', { at: new Date(NaN) }],
    ['a URL and a Buffer', [new URL('http://localhost/'), Buffer.from('a')]],
    ['what toJSON returns, with the key', [{ a: { toJSON: (key: string) => ({ key }) } }]],
    [
      'a toJSON that returns its own object',
      {
        a: new (class {
          b = 1;
          toJSON() {
            return this;
          }
        })(),
      },
    ],
    [
      'an object of a class, or without one',
      [
        new (class {
          a = 1;
          #b = 2;
          c() {
            return this.#b;
          }
        })(),
        Object.create(null),
      ],
    ],
    [
      'the same object twice',
      (() => {
        const one = { a: 1 };
        return [one, one];
      })(),
    ],
  ])('is what JSON.stringify writes of %s', (_kind, value) => {
    expect(copyJson(value)).toEqual({ copy: JSON.parse(JSON.stringify(value)) as unknown });
  });

  it('has an own __proto__ key as a key', () => {
    const { copy } = copyJson(JSON.parse('{"__proto__":{"polluted":1}}')) as { copy: object };
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(copy).not.toHaveProperty('polluted');
  });

  it('ends early for objects that refer to one another very often', () => {
    let value: unknown = [];
    for (let level = 0; level < 60; level++) value = { a: value, b: value };
    expect(copyJson({ value })).toEqual({
      problem: expect.stringMatching(/ must not hold more than 250000 values$/),
    });
    expect(copyJson({ list: new Array(2 ** 32 - 1) })).toEqual({
      problem: 'list must not hold more than 250000 values',
    });
  });

  it.each<[value: unknown, problem: string]>([
    [5n, 'body must be JSON, but is of type bigint'],
    [Symbol('s'), 'body must be JSON, but is of type symbol'],
    [[{ a: NaN }], '[0].a must be JSON, but is NaN'],
    [{ a: new Set() }, 'a must be JSON, but is of type Set'],
    [{ a: new Error('no') }, 'a must be JSON, but is of type Error'],
    [{ ['x'.repeat(200)]: 5n }, `${'x'.repeat(120)}… must be JSON, but is of type bigint`],
  ])('of %p has the problem %j', (value, problem) => {
    expect(copyJson(value)).toEqual({ problem });
  });
});
