import { Transform } from 'class-transformer';

const DIGITS = /^-?\d+$/;

/**
 * Makes a query parameter's text a number if it is one of digits alone, as `Number` would make one of the empty
 * text, too. Other text stays what it is, and fails the checks.
 */
export function WholeNumber(): PropertyDecorator {
  return Transform(({ value }: { value: string }) => (DIGITS.test(value) ? Number(value) : value));
}
