import { InvalidArgumentError } from 'commander';

import { isWebhookSecret, SECRET_FORM } from '../../options/webhook-secret.js';
import { CommandFailure } from '../failure.js';
import { canDecode } from './percent-encoding.js';
import { LOG_LEVELS, type LogLevelName } from './server-logger.js';

/** Maximum value of an option in seconds: 68 years. */
const MAX_SECONDS = 2 ** 31 - 1;

/** Seconds; zero means off. */
export function seconds(text: string): number {
  const expected = `It must be a number of seconds from 0 to ${MAX_SECONDS}.`;
  const value = number(text, expected);
  if (value > MAX_SECONDS) throw new InvalidArgumentError(expected);
  if (value > 0 && value < 0.001) throw new InvalidArgumentError('It must be 0 or at least 0.001 seconds.');
  return value;
}

/** A TCP port; 0 for any free one. */
export function port(text: string): number {
  return integer(text, 'It must be an integer from 0 to 65535.', 65_535);
}

/** A count; zero means no limit. */
export function count(text: string): number {
  return integer(text, 'It must be an integer, at least 0.', 2 ** 31 - 1);
}

/** Number of turns that run at a time. */
export function workers(text: string): number {
  const value = integer(text, 'It must be an integer from 1 to 10000.', 10_000);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1; to run no turns use --role api.');
  return value;
}

/** A URL of PostgreSQL. */
export function databaseUrl(text: string): string {
  return url(text, ['postgres:', 'postgresql:'], {
    option: '--database',
    example: 'postgres://user:password@host:5432/name',
  });
}

/** A URL of Redis. */
export function redisUrl(text: string): string {
  const expected = { option: '--redis', example: 'redis://host:6379 or redis://user:password@host:6379/0' };
  const { pathname, hostname } = new URL(url(text, ['redis:', 'rediss:'], expected));
  if (hostname === '' || !/^\/?\d*$/.test(pathname)) throw illFormedUrl(expected);
  return text;
}

/** A further web origin, or `*` for all. */
export function corsOrigins(text: string, before: string[] = []): string[] {
  // Browsers use custom schemes for apps, such as capacitor://localhost.
  if (text !== '*' && !/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+\/?$/i.test(text)) {
    throw new InvalidArgumentError('It must be an origin like https://app.example.com, or * for all.');
  }
  return [...before, text.replace(/\/$/, '').toLowerCase()];
}

/** The log level; `warning` is accepted for `warn`. */
export function logLevel(text: string): LogLevelName {
  const level = LOG_LEVELS.find((name) => name === (text === 'warning' ? 'warn' : text));
  if (!level) throw new InvalidArgumentError(`Allowed choices are ${LOG_LEVELS.join(', ')}.`);
  return level;
}

/** A key that is valid in an HTTP header. */
export function apiKey(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new CommandFailure(
      '--api-key (or AGENT_SESSIONS_API_KEY) must be at least one character, and only printable ASCII without spaces',
    );
  }
  return text;
}

/** A secret in the format of the Standard Webhooks scheme. */
export function webhookSecret(text: string): string {
  if (!isWebhookSecret(text)) {
    throw new CommandFailure(`--webhook-secret (or AGENT_SESSIONS_WEBHOOK_SECRET) must be ${SECRET_FORM}`);
  }
  return text;
}

function number(text: string, expected: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError(expected);
  return Number(text);
}

function integer(text: string, expected: string, most: number): number {
  const value = number(text, expected);
  if (!Number.isInteger(value) || value > most) throw new InvalidArgumentError(expected);
  return value;
}

interface UrlExpectation {
  option: string;
  example: string;
}

function url(text: string, protocols: string[], expected: UrlExpectation): string {
  if (!URL.canParse(text)) throw illFormedUrl(expected);
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  // An unencoded password ends the host part early, and a part of it would be shown as the address.
  const isCutShort = hash !== '' || /[@]/.test(pathname + search);
  const isEncoded = [username, password, pathname].every(canDecode);
  if (!protocols.includes(protocol) || isCutShort || !isEncoded) throw illFormedUrl(expected);
  return text;
}

/** Does not repeat the URL, which may contain a password. */
function illFormedUrl({ option, example }: UrlExpectation): CommandFailure {
  return new CommandFailure(
    `${option} must be a URL like ${example}, with special characters percent-encoded`,
  );
}
