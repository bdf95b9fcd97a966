import { IsIn, IsOptional, IsString } from 'class-validator';

import { PageLimit } from '../page-query.dto.js';
import { LIST_ORDERS } from '../../sessions/list-options.dto.js';
import { SESSION_STATUSES, type SessionStatus } from '../../sessions/session.js';

/** The sessions to list; the filters by metadata are read apart. */
export class ListSessionsQueryDto {
  @PageLimit()
  limit?: number;

  @IsOptional()
  @IsString()
  cursor?: string;

  @IsOptional()
  @IsIn(SESSION_STATUSES)
  status?: SessionStatus;

  @IsOptional()
  @IsIn(LIST_ORDERS)
  order?: (typeof LIST_ORDERS)[number];
}
