/**
 * The package's version, equal to that in package.json: a constant, because both module formats are compiled from it.
 */
export const VERSION = '0.1.0';
