import { expect } from '@jest/globals';

/** Matches an instant of the API. */
export const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown as string;

/** Matches the id of a turn or message. */
export const UUID = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as unknown as string;

/** Matches the fields of a session that has had a turn. */
export const USED = {
  turn_id: UUID,
  created_at: INSTANT,
  updated_at: INSTANT,
  last_event_id: expect.any(Number) as unknown as number,
};
