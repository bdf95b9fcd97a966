import { parseStored } from './stored-json.js';

/** A 64-bit integer read as a number. */
export const bigintColumn = {
  type: 'bigint',
  transformer: {
    to: (value: number | null | undefined) => value,
    from: (value: string | number | null) => (value === null ? null : Number(value)),
  },
} as const;

/**
 * Instants are 64-bit integers, microseconds since 1970: the same on every dialect, and fine enough that
 * sessions which are created one after the other keep their order.
 */
export const instantColumn = bigintColumn;

/** An instant in the API's format. */
export function toIso(instant: number | string): string {
  return new Date(Number(instant) / 1000).toISOString();
}

/** A duration in milliseconds, in the unit of instants. */
export function inMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}

/** A session's metadata from its column of JSON text. */
export function parseMetadata(json: string | null): Record<string, unknown> | undefined {
  return json === null ? undefined : (parseStored(json) as Record<string, unknown>);
}
