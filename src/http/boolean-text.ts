import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Converts a query parameter to a boolean, and refuses any other text. */
export function BooleanText(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: string }) => BOOLEANS.get(value.toLowerCase()) ?? value),
    IsBoolean({ message: '$property must be true, 1, false or 0' }),
  );
}
