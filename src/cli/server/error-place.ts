import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { reportError } from '../../logging/error-report.js';
import { oneLine } from '../failure.js';

/** How long Node may take to report the position of a syntax error. */
const CHECK_TIMEOUT_MS = 3_000;

/** A position at the beginning of a stack: the file and line, the source, carets below the column, or none at its end. */
const EXCERPT = /^(.+):(\d+)\n(.*)\n([ \t]*)(\^*)/;

/** A position in an error of esbuild, which tsx uses. */
const ESBUILD = /^(.+):(\d+):(\d+): ERROR: (.+)$/m;

/** A position in a frame of a stack. */
const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:[\\/]).+):(\d+):(\d+)\)?$/;

/** What went wrong when a module was loaded, and where. */
export interface LoadingError {
  what: string;
  /** `file:line:column`, relative to the working directory if the file is in it; undefined if it is not known. */
  place?: string | undefined;
}

/** Describes the error of an import of `url`. For a syntax error Node has to be asked again for the position. */
export function explainLoadingError(url: string, error: unknown): LoadingError {
  const { name, message, frames } = reportError(error);
  const [, file = '', line, column, what = ''] = ESBUILD.exec(message) ?? [];
  if (what !== '') return { what: `SyntaxError: ${what}`, place: placeOf(file, line, Number(column) + 1) };
  const own = frames.find(
    (frame) => !/node:internal|node_modules|\(?native/.test(frame) && FRAME.test(frame),
  );
  if (name !== 'SyntaxError') return { what: oneLine(error), place: own && placeOfFrame(own) };
  const place =
    placeOfExcerpt(stackOf(error)) ?? (own ? placeOfFrame(own) : placeOfExcerpt(importAgain(url)));
  return { what: `${name}: ${message}`, place };
}

/**
 * Node reports the position of a syntax error in an ES module only when it ends the process. No module has been
 * evaluated by then, because all of them are linked first.
 */
function importAgain(url: string): string {
  const args = ['--input-type=module', '--eval', `import ${JSON.stringify(url)}`];
  const { stderr } = spawnSync(process.execPath, [...process.execArgv, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: CHECK_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  return stderr;
}

function placeOfExcerpt(text: string): string | undefined {
  const [, file, line, source = '', before = '', carets = ''] = EXCERPT.exec(text) ?? [];
  const column = (carets === '' ? source.length : before.length) + 1;
  return file === undefined ? undefined : placeOf(file, line, column);
}

function placeOfFrame(frame: string): string | undefined {
  const [, file, line, column] = FRAME.exec(frame) ?? [];
  return file === undefined ? undefined : placeOf(file, line, column);
}

function placeOf(file: string, line: string | undefined, column: string | number | undefined): string {
  const path = file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*$/, '')) : file;
  const shown = relative(process.cwd(), path);
  return `${shown.startsWith('..') ? path : shown}:${line}:${column}`;
}

function stackOf(error: unknown): string {
  const { stack } = error as { stack?: unknown };
  return typeof stack === 'string' ? stack : '';
}
