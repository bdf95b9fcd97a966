import { Transform } from 'class-transformer';
import { IsNumber, IsOptional, Min } from 'class-validator';

import { BooleanText } from './boolean-text.js';

/** A finite decimal number; `Number` alone would parse the empty text as 0. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether to wait for a turn to settle, and for how long. */
export class WaitQueryDto {
  @IsOptional()
  @BooleanText()
  wait?: boolean;

  /** Seconds. */
  @IsOptional()
  @Transform(({ value }: { value: string }) => (NUMBER.test(value) ? Number(value) : value))
  @Min(0)
  @IsNumber(
    { allowNaN: false, allowInfinity: false },
    { message: 'timeout must be a finite number of seconds' },
  )
  timeout?: number;
}

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the query. */
export type WaitQuery = Pick<WaitQueryDto, 'wait' | 'timeout'>;
