import { InvalidArgumentError } from 'commander';

/** A further `K=V`; V is a number if it is written as JavaScript writes that number, else a text. */
export function param(text: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It must be K=V.');
  const value = text.slice(equals + 1);
  // Not an assignment, because of the key `__proto__`.
  return Object.fromEntries([
    ...Object.entries(before),
    [text.slice(0, equals), isNumber(value) ? Number(value) : value],
  ]);
}

function isNumber(text: string): boolean {
  const value = Number(text);
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact && String(value) === text;
}

/** JSON of any kind. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidArgumentError('It must be JSON, such as {"approved":true} or "a text".');
  }
}

/** A position in a log. */
export function position(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be an integer, at least 0.');
  }
  return value;
}
