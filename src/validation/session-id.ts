const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The id in the canonical form in which it is stored; undefined if it is not a UUID. */
export function canonicalUuid(id: string): string | undefined {
  return typeof (id as unknown) === 'string' && UUID.test(id) ? id.toLowerCase() : undefined;
}

/** An id that nothing has: for the look-up of an id that is not a UUID. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';
