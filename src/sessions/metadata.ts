import { ValidationFailedException } from '../exceptions/index.js';
import { isJsonObject } from '../json/json-object.js';
import { findUnsafeJson, isStorableText, toStorableText } from '../json/json-safety.js';

/** What a client stores with a session. */
export type Metadata = Record<string, unknown>;

/** An entry of metadata by which a list can be filtered. */
export interface MetadataEntry {
  /** A key of the metadata itself, not of an object within. */
  key: string;
  /** The text that its value must equal; that of a number or boolean is its JSON. */
  value: string;
}

/** Limits of the entries by which sessions are found, which an index on every dialect can hold. */
export const MAX_ENTRIES = 32;
export const MAX_KEY_LENGTH = 100;
export const MAX_VALUE_LENGTH = 200;

/** Maximum size of a session's metadata as JSON: that of a request. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;

/** The entries by which a session with this metadata is found: its first short texts, numbers and booleans. */
export function findableEntries(metadata: Metadata | undefined): MetadataEntry[] {
  return Object.entries(metadata ?? {})
    .flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [{ key, value: String(value) }]
        : [],
    )
    .filter(({ key, value }) => lengthOf(key) <= MAX_KEY_LENGTH && lengthOf(value) <= MAX_VALUE_LENGTH)
    .slice(0, MAX_ENTRIES);
}

/** The most entries that one list can be filtered by. */
const MAX_FILTERS = 10;

/** A list's filter as entries. */
export function filterEntries(filter: Record<string, string | number | boolean> = {}): MetadataEntry[] {
  return Object.entries(filter).map(([key, value]) => ({ key, value: String(value) }));
}

/** The problems of a list's filter that no session can match, or with too many entries. */
export function filterProblems(filter: unknown): string[] {
  if (!isJsonObject(filter)) return ['metadata must be an object'];
  const entries = Object.entries(filter);
  if (entries.length > MAX_FILTERS) return [`metadata must not have more than ${MAX_FILTERS} keys`];
  return entries.flatMap(([key, value]) => {
    const problem = entryProblem(key, value);
    return problem ? [`metadata[${toStorableText(key.slice(0, MAX_KEY_LENGTH))}] ${problem}`] : [];
  });
}

function entryProblem(key: string, value: unknown): string | undefined {
  // No metadata has it.
  if (key === '__proto__') return 'is not an allowed key';
  if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isFinite(value)) {
    return 'must be a text, a number or a boolean';
  }
  const text = String(value);
  const isFindable = lengthOf(key) <= MAX_KEY_LENGTH && lengthOf(text) <= MAX_VALUE_LENGTH;
  if (isFindable && isStorableText(key) && isStorableText(text)) return undefined;
  return `must be a key of at most ${MAX_KEY_LENGTH} and a text of at most ${MAX_VALUE_LENGTH} characters`;
}

/** In characters, as databases count them. */
function lengthOf(text: string): number {
  return Array.from(text.slice(0, 2 * MAX_VALUE_LENGTH + 1)).length;
}

/**
 * The metadata changed by a JSON merge patch (RFC 7396); undefined if the patch is null. Throws
 * ValidationFailedException if the result exceeds the limits of a request.
 */
export function patchedMetadata(before: Metadata | undefined, patch: Metadata | null): Metadata | undefined {
  if (patch === null) return undefined;
  const metadata = merged(before, patch);
  const unsafe = findUnsafeJson({ metadata });
  if (unsafe) throw new ValidationFailedException([unsafe.toString()]);
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    throw new ValidationFailedException([`metadata must not be larger than ${MAX_METADATA_BYTES} bytes`]);
  }
  return metadata;
}

/** Objects are nested at most 64 levels deep in requests, so recursion is safe. */
function merged(target: unknown, patch: Metadata): Metadata {
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, isJsonObject(value) ? merged(result.get(key), value) : value);
  }
  return Object.fromEntries(result);
}
