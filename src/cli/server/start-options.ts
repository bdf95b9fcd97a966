import { CommandFailure } from '../failure.js';
import type { SessionsRole } from '../../options/sessions-structure.js';
import type { LogFormat, LogLevelName } from './server-logger.js';

/** The options of `start`; times in seconds, zero for off. */
export interface StartOptions {
  host: string;
  port: number;
  workers: number;
  ttl: number;
  timeout: number;
  maxSessions: number;
  shutdownTimeout: number;
  allowCustomIds?: boolean;
  logLevel: LogLevelName;
  logFormat: LogFormat;
  database?: string;
  /** Whether to run pending migrations at start. */
  migrations: boolean;
  redis?: string;
  role: SessionsRole;
  apiKey?: string;
  cors?: string[];
  /** Whether browsers of loopback origins are allowed, with any port. */
  corsLoopback?: boolean;
  webhookSecret?: string;
  allowPrivateWebhooks?: boolean;
}

/** Throws a CommandFailure for options that need others. */
export function checkCombination({ role, database, redis }: StartOptions): void {
  if (role !== 'all' && !(database && redis)) {
    throw new CommandFailure(`--role ${role} needs --database and --redis`);
  }
}
