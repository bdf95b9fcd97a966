import { IsIn, IsOptional, IsString } from 'class-validator';

import { LIST_ORDERS, SESSION_STATUSES, type SessionStatus } from '../../sessions/session.js';
import { PageLimit } from '../page-query.dto.js';

/** The sessions to list; the filters by metadata are read apart. */
export class ListSessionsQueryDto {
  @IsOptional()
  @IsIn(SESSION_STATUSES)
  status?: SessionStatus;

  @IsOptional()
  @IsIn(LIST_ORDERS)
  order?: (typeof LIST_ORDERS)[number];

  @PageLimit()
  limit?: number;

  @IsOptional()
  @IsString()
  cursor?: string;
}
