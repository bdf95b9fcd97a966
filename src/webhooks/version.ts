/** The package's version, as its package.json has it: a constant, because both module formats are built of it. */
export const VERSION = '0.1.0';
