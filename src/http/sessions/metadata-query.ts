import { ValidationFailedException } from '../../exceptions/index.js';
import type { ListOptions } from '../../sessions/call-options.js';
import { filterProblems } from '../../sessions/metadata.js';
import { listedProblems } from '../../validation/validated.js';

/** A parameter such as `metadata[customer]`. */
const METADATA = /^metadata\[(.*)\]$/s;

/**
 * The parameters `metadata[key]=text` of a query string; undefined if there are none. Read from the text, because
 * the host decides how its adapter parses brackets. Throws ValidationFailedException for a key that is given twice or
 * not as `metadata[key]`, and for one that no session can have.
 */
export function readMetadata(query: string): Record<string, string> | undefined {
  const found = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    const key = METADATA.exec(name)?.[1];
    if (key === undefined && !/^metadata(?:\[|$)/.test(name)) continue;
    // A list without the filter would look as if all sessions matched.
    if (!key) problems.push(`${name} must be metadata[key]=text`);
    else if (found.has(key)) problems.push(`metadata[${key}] must be given once`);
    else found.set(key, value);
  }
  const metadata = Object.fromEntries(found);
  problems.push(...filterProblems(metadata));
  if (problems.length > 0) throw new ValidationFailedException(listedProblems(problems));
  return found.size === 0 ? undefined : metadata;
}

/** The same parameters, for the link to the next page. */
export function metadataParameters(metadata: ListOptions['metadata'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, String(value)]),
  );
}
