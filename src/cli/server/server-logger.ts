import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { isatty } from 'node:tty';

/** Values of `--log-level`, from silent to verbose. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];

/** Nest's contexts that log the assembly of the application, of interest only for debugging. */
const ASSEMBLY = new Set([
  'InstanceLoader',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'NestApplication',
]);

/** Nest's contexts that log an error before they throw it, which would report it twice, with a stack trace. */
const RETHROWING = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's console logger without the lines about the application's assembly. */
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

/** Nest passes the context as the last argument. */
function isFrom(contexts: Set<string>, rest: unknown[]): boolean {
  const context = rest.at(-1);
  return typeof context === 'string' && contexts.has(context);
}
