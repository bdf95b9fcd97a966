const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The id in the one form in which ids are stored, or undefined where it is no UUID. */
export function canonicalUuid(id: string): string | undefined {
  return UUID.test(id) ? id.toLowerCase() : undefined;
}
