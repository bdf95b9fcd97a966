import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

import { MAX_PAGE, MAX_POSITION } from '../sessions/option-rules.js';
import { WholeNumber } from './whole-number.js';

/** The size of a page, in items. */
export function PageLimit(): PropertyDecorator {
  return applyDecorators(IsInt(), Min(1), Max(MAX_PAGE), WholeNumber(), IsOptional());
}

/** The part of a list to read. */
export class PageQueryDto {
  @IsOptional()
  @WholeNumber()
  @Max(MAX_POSITION)
  @Min(0)
  @IsInt()
  after?: number;

  @PageLimit()
  limit?: number;
}

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the query. */
export type PageQuery = Pick<PageQueryDto, 'after' | 'limit'>;
