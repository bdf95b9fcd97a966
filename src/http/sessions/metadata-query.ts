import { ValidationFailedException } from '../../exceptions/index.js';

/** A parameter such as `metadata[customer]`. */
const METADATA = /^metadata\[(.*)\]$/s;

/**
 * The parameters `metadata[key]=text` of a query string; undefined if there are none. Read from the text, because
 * the host decides how its adapter parses brackets. Throws ValidationFailedException for a key that is given twice or
 * not as `metadata[key]`.
 */
export function readMetadata(query: string): Record<string, string> | undefined {
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const key = METADATA.exec(name)?.[1];
    if (key === undefined && !/^metadata(?:\[|$)/.test(name)) continue;
    // A list without the filter would look as if all sessions matched.
    if (!key) throw new ValidationFailedException([`${name} must be metadata[key]=text`]);
    if (found.has(key)) throw new ValidationFailedException([`metadata[${key}] must be given once`]);
    found.set(key, value);
  }
  return found.size === 0 ? undefined : Object.fromEntries(found);
}

/** The same parameters, for the link to the next page. */
export function metadataParameters(metadata: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]));
}
