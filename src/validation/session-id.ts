const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The id in the canonical form in which it is stored; undefined if it is not a UUID. */
export function canonicalUuid(id: string): string | undefined {
  return UUID.test(id) ? id.toLowerCase() : undefined;
}
