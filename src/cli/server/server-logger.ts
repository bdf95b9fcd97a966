import { ConsoleLogger, type LoggerService, type LogLevel } from '@nestjs/common';
import { isatty } from 'node:tty';

/** Values of `--log-level`, from silent to verbose. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];

/** Values of `--log-format`. */
export const LOG_FORMATS = ['text', 'json'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a logger depends on. */
export interface LogOptions {
  logLevel: LogLevelName;
  logFormat: LogFormat;
}

/** A logger of the server. */
export interface ServerLogger extends LoggerService {
  /** Logs at `info`; JSON has the fields, and text the message alone. */
  facts(message: string, fields: object, context: string): void;
}

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

/** The logger for these options. */
export function createLogger({ logLevel, logFormat }: LogOptions): ServerLogger {
  return logFormat === 'json' ? new JsonLogger(logLevel) : new TextLogger(logLevel);
}

/** Whether lines of one level are logged at another. */
export function isLogged(name: LogLevelName, level: LogLevelName): boolean {
  return LOG_LEVELS.indexOf(name) <= LOG_LEVELS.indexOf(level);
}

/** Nest's console logger without the lines about the application's assembly. */
class TextLogger extends ConsoleLogger implements ServerLogger {
  constructor(level: LogLevelName) {
    const levels = LOG_LEVELS.filter((name) => isLogged(name, level));
    super('AgentSessions', {
      prefix: 'agent-sessions',
      logLevels: levels.map((name): LogLevel => (name === 'info' ? 'log' : name)),
      colors: isatty(process.stdout.fd) && !process.env.NO_COLOR,
    });
  }

  facts(message: string, _fields: object, context: string): void {
    super.log(message, context);
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (isFrom(ASSEMBLY, rest)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!isFrom(RETHROWING, rest)) super.error(message, ...rest);
  }
}

/** One JSON object per line. Levels and lines are those of the text. */
class JsonLogger implements ServerLogger {
  constructor(private readonly level: LogLevelName) {}

  facts(message: string, fields: object, context: string): void {
    this.write('info', message, [context], fields);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(isFrom(ASSEMBLY, rest) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (!isFrom(RETHROWING, rest)) this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('verbose', message, rest);
  }

  private write(level: LogLevelName, message: unknown, rest: unknown[], fields: object = {}): void {
    if (!isLogged(level, this.level)) return;
    const context = rest.at(-1);
    const stack = level === 'error' || level === 'fatal' ? rest.at(-2) : undefined;
    const line = {
      timestamp: new Date().toISOString(),
      level,
      pid: process.pid,
      ...(typeof context === 'string' && { context }),
      message: textOf(message),
      ...(typeof stack === 'string' && { stack }),
      ...fields,
    };
    process[level === 'error' || level === 'fatal' ? 'stderr' : 'stdout'].write(`${JSON.stringify(line)}\n`);
  }
}

/** What an agent logs may be anything. */
function textOf(message: unknown): unknown {
  if (message instanceof Error) return message.stack ?? message.message;
  try {
    const text = JSON.stringify(message) as string | undefined;
    return text === undefined ? String(message) : message;
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Nest passes the context as the last argument. */
function isFrom(contexts: Set<string>, rest: unknown[]): boolean {
  const context = rest.at(-1);
  return typeof context === 'string' && contexts.has(context);
}
