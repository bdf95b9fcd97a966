import { Command, InvalidArgumentError, Option } from 'commander';

import { CommandFailure } from './failure.js';
import { LOG_LEVELS } from './server-logger.js';
import { serve } from './serve.js';
import type { StartOptions } from './start-options.js';

/** `agent-sessions start <agent-module>`. */
export function startCommand(): Command {
  return new Command('start')
    .description('Serve an agent: a file whose default export is an agent object or a function')
    .argument('<agent-module>', 'the file, relative to the working directory')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .addOption(new Option('--port <number>', 'where to listen').default(8000).argParser(port))
    .addOption(new Option('--workers <number>', 'turns that run at once').default(10).argParser(workers))
    .addOption(seconds('--ttl <seconds>', 'how long an unused session lives').default(0))
    .addOption(seconds('--timeout <seconds>', 'how long one run of a turn may take').default(0))
    .addOption(
      new Option('--max-sessions <number>', 'how many sessions there may be').default(0).argParser(count),
    )
    .addOption(
      seconds('--shutdown-timeout <seconds>', 'how long running turns may go on at the end').default(30),
    )
    .option('--allow-custom-ids', 'let clients choose session ids with PUT')
    .addOption(new Option('--log-level <level>', 'how much to log').default('info').choices(LOG_LEVELS))
    .addOption(
      new Option(
        '--database <url>',
        'PostgreSQL; without it an SQLite file in the working directory',
      ).argParser(databaseUrl),
    )
    .addOption(
      new Option(
        '--redis <url>',
        'Redis for the queue; without it turns are queued in the process',
      ).argParser(redisUrl),
    )
    .addOption(
      new Option('--role <role>', 'serve requests, run turns, or both')
        .default('all')
        .choices(['all', 'api', 'worker']),
    )
    .addOption(
      new Option('--api-key <key>', 'want this key as a bearer token')
        .env('AGENT_SESSIONS_API_KEY')
        .argParser(secret),
    )
    .addHelpText('after', '\nFor --ttl, --timeout and --max-sessions zero means no limit.')
    .action(async (agentModule: string, options: StartOptions) => {
      if (options.role !== 'all' && !(options.database && options.redis)) {
        throw new CommandFailure(`--role ${options.role} needs --database and --redis`);
      }
      await serve(agentModule, options);
    });
}

function seconds(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) =>
    number(text, 'It must be a number of seconds, at least 0.'),
  );
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

function port(text: string): number {
  return integer(text, 'It must be an integer from 0 to 65535.', 65_535);
}

function count(text: string): number {
  return integer(text, 'It must be an integer, at least 0.', 2 ** 31 - 1);
}

function workers(text: string): number {
  const value = integer(text, 'It must be an integer, at least 1.', 10_000);
  if (value === 0) throw new InvalidArgumentError('It must be at least 1; to run no turns use --role api.');
  return value;
}

function databaseUrl(text: string): string {
  return url(
    text,
    ['postgres:', 'postgresql:'],
    'It must be a URL like postgres://user:password@host:5432/name.',
  );
}

function redisUrl(text: string): string {
  return url(text, ['redis:', 'rediss:'], 'It must be a URL like redis://host:6379.');
}

/** The message never repeats the URL, which may hold a password. */
function url(text: string, protocols: string[], expected: string): string {
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) throw new CommandFailure(expected);
  return text;
}

function secret(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
