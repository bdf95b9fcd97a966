import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsNumber, IsOptional, IsString, Min } from 'class-validator';

import { PageLimit } from '../page-query.dto.js';
import { SESSION_STATUSES, type SessionStatus } from '../../sessions/session.js';

const BOOLEAN_TEXTS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A finite decimal number; `Number` alone would parse the empty text as 0. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether to wait for a turn to settle, and for how long. */
export class WaitQueryDto {
  @IsOptional()
  @Transform(({ value }: { value: string }) => BOOLEAN_TEXTS.get(value.toLowerCase()) ?? value)
  @IsBoolean({ message: 'wait must be true, 1, false or 0' })
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

/** The sessions to list. */
export class ListSessionsQueryDto {
  @PageLimit()
  limit?: number;

  @IsOptional()
  @IsString()
  cursor?: string;

  @IsOptional()
  @IsIn(SESSION_STATUSES)
  status?: SessionStatus;
}
