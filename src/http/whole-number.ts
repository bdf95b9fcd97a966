import { Transform } from 'class-transformer';

const DIGITS = /^-?\d+$/;

/**
 * Converts a query parameter to a number if it consists of digits only, because `Number` would also convert the empty
 * text. Other text is unchanged and fails the checks.
 */
export function WholeNumber(): PropertyDecorator {
  return Transform(({ value }: { value: string }) => (DIGITS.test(value) ? Number(value) : value));
}
