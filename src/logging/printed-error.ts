import { type ErrorReport, NO_MESSAGE } from './error-report.js';
import { toLogLine } from './log-text.js';

/** Maximum length of an error's message in the log. */
const MAX_MESSAGE = 2_000;

/** An error in the form for a log. */
export interface PrintedError {
  /** Its class, message and code, in one line. */
  line: string;
  /** Its frames and its causes, each line indented, so that none looks like a log line; undefined if there are none. */
  stack?: string;
}

/** Prints a reported error. Text of the error can neither start a log line nor control a terminal. */
export function printError(report: ErrorReport): PrintedError {
  const stack = below(report, '  ');
  return { line: lineOf(report), ...(stack.length > 0 && { stack: stack.join('\n') }) };
}

function below({ frames, cause, errors = [] }: ErrorReport, indent: string): string[] {
  return [
    ...frames.map((frame) => `${indent}  ${toLogLine(frame)}`),
    ...errors.flatMap((error) => [`${indent}One of: ${lineOf(error)}`, ...below(error, `${indent}  `)]),
    ...(cause ? [`${indent}Caused by: ${lineOf(cause)}`, ...below(cause, `${indent}  `)] : []),
  ];
}

function lineOf({ name, message, code }: ErrorReport): string {
  const text = message === NO_MESSAGE || message === '' ? name : `${name}: ${message}`;
  return toLogLine(code === undefined || text.includes(code) ? text : `${text} (${code})`, MAX_MESSAGE);
}
