/** The code (if any) and message of a database driver's error. */
export interface DriverError {
  code: string;
  message: string;
}

/**
 * Reads an error of a driver; undefined for any other value. Does not use `instanceof`, because under Jest the errors
 * of a native module come from another realm.
 */
export function readDriverError(error: unknown): DriverError | undefined {
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: String(error.message) };
}
