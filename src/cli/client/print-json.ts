import type { ClientCommandOptions } from './client-command.js';

/** Prints a value: with `--json` as it is in one line, else indented and without nulls. */
export function printJson(value: unknown, { json }: ClientCommandOptions): void {
  process.stdout.write(`${json ? JSON.stringify(value) : JSON.stringify(value, withoutNulls, 2)}\n`);
}

function withoutNulls(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
