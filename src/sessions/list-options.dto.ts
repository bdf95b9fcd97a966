import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

import { SESSION_STATUSES, type SessionStatus } from './session.js';

/** What a list can be ordered by. */
export const LIST_ORDERS = ['created', 'updated'] as const;

/** The largest page of a list, which is also the default. */
export const MAX_PAGE = 1_000;

/** The filter and the order of a list, in process and over HTTP. */
export class ListFilterDto {
  @IsOptional()
  @IsIn(SESSION_STATUSES)
  status?: SessionStatus;

  @IsOptional()
  @IsIn(LIST_ORDERS)
  order?: (typeof LIST_ORDERS)[number];
}

/** The options of a list whose values are limited; a caller in the process may pass anything. */
export class ListOptionsDto extends ListFilterDto {
  @IsOptional()
  @Max(MAX_PAGE)
  @Min(1)
  @IsInt()
  limit?: number;
}
