import { IsOptional, IsString } from 'class-validator';

import { ListFilterDto } from '../../sessions/list-options.dto.js';
import { PageLimit } from '../page-query.dto.js';

/** The sessions to list; the filters by metadata are read apart. */
export class ListSessionsQueryDto extends ListFilterDto {
  @PageLimit()
  limit?: number;

  @IsOptional()
  @IsString()
  cursor?: string;
}
