/** What a driver's error says: its code, if it has one, and its message. */
export interface DriverError {
  code: string;
  message: string;
}

/**
 * Reads an error of a driver; undefined for what is none. Its class says nothing: under Jest a native module's
 * errors are of another realm.
 */
export function readDriverError(error: unknown): DriverError | undefined {
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: String(error.message) };
}
