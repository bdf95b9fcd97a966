import { IsOptional } from 'class-validator';

import { BooleanText } from '../boolean-text.js';
import { PageQueryDto } from '../page-query.dto.js';

/** The part of a history to read, and whether with ids. */
export class HistoryQueryDto extends PageQueryDto {
  @IsOptional()
  @BooleanText()
  ids?: boolean;
}

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the query. */
export type HistoryQuery = Pick<HistoryQueryDto, 'after' | 'limit' | 'ids'>;
