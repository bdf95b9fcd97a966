import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

import { SessionsService } from '../../src/index.js';

const README = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const REPORT = await readFile(
  new URL('../../etc/nestjs-agent-sessions.public.api.md', import.meta.url),
  'utf8',
);

/** The methods of a class and of what it extends. */
function methodsOf(prototype: object): string[] {
  if (prototype === Object.prototype) return [];
  const own = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return [...own, ...methodsOf(Object.getPrototypeOf(prototype) as object)];
}

/** The cells of the table: each call, as it can be written, and what it does. */
const calls = README.split('\n')
  .filter((line) => /^\| `\w+\(/.test(line))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)\(([^)]*)\)`/g)])
  .map(([, method = '', parameters = '']) => ({
    method,
    parameters: parameters.split(', ').filter(Boolean),
  }));

/** The names of a method's parameters as the API report has them. */
function parametersOf(method: string): string[] {
  const [, list = ''] = new RegExp(`^    ${method}(?:<.*?>)?\\((.*)\\): `, 'm').exec(REPORT) ?? [];
  return [...list.matchAll(/(?:^|, )(\w+\??): /g)].map(([, name = '']) => name);
}

describe("the README's table of the methods of SessionsService", () => {
  it('has every method, and no other', () => {
    expect(calls.map(({ method }) => method).sort()).toEqual(methodsOf(SessionsService.prototype).sort());
  });

  it.each(calls)('has the parameters of $method, before its options', ({ method, parameters }) => {
    expect([...parameters, 'options?']).toEqual(parametersOf(method));
  });
});
