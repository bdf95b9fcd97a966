import type { SessionsRole } from '../../options/sessions.options.js';
import type { LogLevelName } from './server-logger.js';

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
  database?: string;
  redis?: string;
  role: SessionsRole;
  apiKey?: string;
  cors?: string[];
  webhookSecret?: string;
  allowPrivateWebhooks?: boolean;
}
