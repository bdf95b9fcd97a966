import { IsInt, IsOptional, Max, Min } from 'class-validator';

import { WholeNumber } from './whole-number.js';

/** Which part of a list to read. */
export class PageQueryDto {
  @IsOptional()
  @WholeNumber()
  @Max(2 ** 31 - 1)
  @Min(0)
  @IsInt()
  after?: number;

  @IsOptional()
  @WholeNumber()
  @Max(1000)
  @Min(1)
  @IsInt()
  limit?: number;
}

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the query. */
export type PageQuery = Pick<PageQueryDto, 'after' | 'limit'>;
