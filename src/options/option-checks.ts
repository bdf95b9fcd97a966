import { invalidOption, invalidValue } from './sessions-options.error.js';

/** Returns the value of an option, or throws a SessionsOptionsError that names it. */
export type OptionCheck<Given, Used = Given> = (option: string, value: Given) => Used;

/** Maximum value of a 32-bit column. */
const MAX_INTEGER = 2 ** 31 - 1;

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function text(option: string, value: string): string {
  if (typeof value !== 'string') throw invalidValue(option, 'must be a text', value);
  return value;
}

export function flag(option: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw invalidValue(option, 'must be true or false', value);
  return value;
}

export function callable<T>(option: string, value: T): T {
  if (typeof value !== 'function') throw invalidValue(option, 'must be a function', value);
  return value;
}

/** An option that Nest validates itself. */
export function unchecked<T>(_option: string, value: T): T {
  return value;
}

export function oneOf<T extends string>(...allowed: T[]): OptionCheck<T> {
  return (option, value) => {
    if (!allowed.includes(value)) throw invalidValue(option, `must be one of ${allowed.join(', ')}`, value);
    return value;
  };
}

/** A number as it is, or as a text, because values of the environment are texts in spite of their TypeScript types. */
function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

export function positiveInteger(option: string, value: number): number {
  const number = numberOf(value);
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1 || number > MAX_INTEGER) {
    throw invalidValue(option, `must be an integer from 1 to ${MAX_INTEGER}`, value);
  }
  return number;
}

/** Instants are stored in microseconds, as integers that JavaScript represents exactly. */
const MAX_MILLISECONDS = Number.MAX_SAFE_INTEGER / 1000;

export function milliseconds(least: number): OptionCheck<number> {
  return (option, value) => {
    const number = numberOf(value);
    if (typeof number !== 'number' || !(number >= least && number <= MAX_MILLISECONDS)) {
      const problem = `must be a number of milliseconds, at least ${least} and below 285 years`;
      throw invalidValue(option, problem, value);
    }
    return number;
  };
}

/** Each item is checked under the option's name and its index. */
export function listOf<T>(check: OptionCheck<T>): OptionCheck<T[]> {
  return (option, value) => {
    const given: unknown = value;
    if (!Array.isArray(given)) throw invalidOption(option, 'must be a list');
    return value.map((item, index) => check(`${option}[${index}]`, item));
  };
}
