import { ConsoleLogger, type LogLevel } from '@nestjs/common';

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

/** Nest's console logger, quiet about how the application is put together. */
export class ServerLogger extends ConsoleLogger {
  constructor(level: LogLevelName) {
    const levels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
    super('AgentSessions', {
      prefix: 'agent-sessions',
      logLevels: levels.map((name): LogLevel => (name === 'info' ? 'log' : name)),
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && ASSEMBLY.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
