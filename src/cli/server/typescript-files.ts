/** Whether a file needs a compiler by its name. */
export function isTypeScript(file: string): boolean {
  return /\.(?:[cm]?ts|tsx)$/.test(file);
}

/** Errors of Node that TypeScript causes without a loader: no types, no enums, imports of `.js` for `.ts`. */
const CODES = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
]);

/** What to do about a TypeScript file that could not be loaded; empty if that is not the cause. */
export function typeScriptHint(file: string, error: unknown): string {
  const hasLoader = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((text) =>
    text.includes('tsx'),
  );
  if (hasLoader || !isTypeScript(file)) return '';
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (name !== 'SyntaxError' && !(typeof code === 'string' && CODES.has(code))) return '';
  return (
    `. TypeScript is loaded by "agent-sessions dev ${file}" in development, and in production by ` +
    `NODE_OPTIONS="--import tsx" agent-sessions start ${file}; both need tsx: npm install tsx`
  );
}
