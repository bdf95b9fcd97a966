import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

import { WholeNumber } from '../whole-number.js';

/** Which events of a log to stream. */
export class EventsQueryDto {
  @IsOptional()
  @WholeNumber()
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(0)
  @IsInt()
  after?: number;

  @IsOptional()
  @IsUUID(undefined, { message: 'turn must be a UUID' })
  turn?: string;
}

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the query. */
export type EventsQuery = Pick<EventsQueryDto, 'after' | 'turn'>;

/**
 * The event after which to begin by the header `Last-Event-ID`: the beginning for a text that is no id of ours, since
 * it may come from another stream. Undefined without the header.
 */
export function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  return /^\d+$/.test(header) ? Math.min(Number(header), Number.MAX_SAFE_INTEGER) : 0;
}
