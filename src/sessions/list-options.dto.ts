import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

import { SESSION_STATUSES, type SessionStatus } from './session.js';

/** What a list can be ordered by. */
export const LIST_ORDERS = ['created', 'updated'] as const;

/** The largest page of a list, which is also the default. */
export const MAX_PAGE = 1_000;

/** The options of a list that have a few values only; a caller in the process may pass anything. */
export class ListOptionsDto {
  @IsOptional()
  @Max(MAX_PAGE)
  @Min(1)
  @IsInt()
  limit?: number;

  @IsOptional()
  @IsIn(SESSION_STATUSES)
  status?: SessionStatus;

  @IsOptional()
  @IsIn(LIST_ORDERS)
  order?: (typeof LIST_ORDERS)[number];
}
