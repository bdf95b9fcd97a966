import type { Logger } from '@nestjs/common';

import { reportError } from '../../logging/error-report.js';
import { printError } from '../../logging/printed-error.js';

/** Logs any thrown value with its stack and its causes. */
export function logError(logger: Logger, what: string, thrown: unknown): void {
  const { line, stack } = printError(reportError(thrown));
  if (stack === undefined) logger.error(`${what}: ${line}`);
  else logger.error(`${what}: ${line}`, stack);
}
