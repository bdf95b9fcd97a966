import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { isatty } from 'node:tty';

/** What `--log-level` may be, from silent to talkative. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];

/** Parts of Nest that tell how the application is put together, which only somebody who debugs wants to know. */
const ASSEMBLY = new Set([
  'InstanceLoader',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'NestApplication',
]);

/** Parts of Nest that log what they then throw, so that it would be said twice, and with a stack trace. */
const RETHROWING = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's console logger, quiet about how the application is put together. */
export class ServerLogger extends ConsoleLogger {
  constructor(level: LogLevelName) {
    const levels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
    super('AgentSessions', {
      prefix: 'agent-sessions',
      logLevels: levels.map((name): LogLevel => (name === 'info' ? 'log' : name)),
      colors: isatty(process.stdout.fd) && !process.env.NO_COLOR,
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (isFrom(ASSEMBLY, rest)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!isFrom(RETHROWING, rest)) super.error(message, ...rest);
  }
}

/** Nest gives the context as the last argument. */
function isFrom(contexts: Set<string>, rest: unknown[]): boolean {
  const context = rest.at(-1);
  return typeof context === 'string' && contexts.has(context);
}
