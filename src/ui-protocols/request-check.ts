import { ValidationFailedException } from '../exceptions/index.js';
import { isJsonObject } from '../json/json-object.js';
import { findUnsafeJson } from '../json/json-safety.js';

/** Longest id of a run or message, which is stored. */
const MAX_ID_LENGTH = 255;

/** Longest id of a thread or chat. */
export const MAX_THREAD_ID_LENGTH = 1_000;

/** The most messages that a request may list. */
const MAX_MESSAGES = 10_000;

/** Throws ValidationFailedException that names a field of a request. */
export function refuse(path: string, expected: string): never {
  throw new ValidationFailedException([`${path} ${expected}`]);
}

/** The body of a request as an object whose values can be stored. */
export function checkedBody(body: unknown): Record<string, unknown> {
  if (!isJsonObject(body)) throw new ValidationFailedException(['body must be a JSON object']);
  const unsafe = findUnsafeJson(body);
  if (unsafe) throw new ValidationFailedException([unsafe.toString()]);
  return body;
}

/** An id that a client has chosen. */
export function checkedId(value: unknown, path: string, longest = MAX_ID_LENGTH): string {
  if (typeof value !== 'string' || value === '' || value.length > longest) {
    refuse(path, `must be a string of 1 to ${longest} characters`);
  }
  return value;
}

/** A list of objects. */
export function checkedList(value: unknown, path: string): Record<string, unknown>[] {
  if (!Array.isArray(value)) refuse(path, 'must be an array');
  if (value.length > MAX_MESSAGES) refuse(path, `must contain no more than ${MAX_MESSAGES} elements`);
  const wrong = value.findIndex((item) => !isJsonObject(item));
  if (wrong >= 0) refuse(`${path}[${wrong}]`, 'must be an object');
  return value as Record<string, unknown>[];
}

/** The entries of an object that say something: empty lists and objects are what clients send by default. */
export function saying(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
