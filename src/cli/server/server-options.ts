import { type Command, Option } from 'commander';

import { type OptionDefinition, SETTINGS, STRUCTURE, WEBHOOKS } from '../../options/option-tables.js';
import {
  apiKey,
  corsOrigins,
  count,
  databaseUrl,
  logLevel,
  port,
  redisUrl,
  seconds,
  webhookSecret,
  workers,
} from './option-values.js';
import { LOG_FORMATS, LOG_LEVELS, type LogLevelName } from './server-logger.js';

type Limit = 'concurrency' | 'shutdownTimeout' | 'turnTimeout' | 'sessionTtl' | 'maxSessions';

/** Defaults that differ between `start` and `dev`. */
export interface ServerDefaults {
  logLevel: LogLevelName;
  /** In seconds. */
  shutdownTimeout?: number;
}

/** Adds the agent's file and all options of a server to a command. */
export function withServerOptions(command: Command, defaults: ServerDefaults): Command {
  return command
    .argument(
      STRUCTURE.agent.flag,
      'a file whose default export is an agent object, an agent class or a function; file:name selects a named export',
    )
    .optionsGroup('Server:')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(value('--port <number>', 'port to listen on; 0 for any that is free', port, 8000))
    .addOption(
      new Option(
        `${STRUCTURE.role.flag} <role>`,
        'what this process does: serve requests (api), run turns (worker) or both',
      )
        .default(STRUCTURE.role.default)
        .choices(['all', 'api', 'worker']),
    )
    .addOption(setting('concurrency', '<number>', 'turns that run at once in this process', workers))
    .addOption(
      setting(
        'shutdownTimeout',
        '<seconds>',
        'how long running turns may go on at the end',
        seconds,
        defaults.shutdownTimeout,
      ),
    )
    .addOption(
      new Option('--log-level <level>', 'lowest level to log')
        .default(defaults.logLevel)
        .choices(LOG_LEVELS)
        .argParser(logLevel),
    )
    .addOption(
      new Option('--log-format <format>', 'text, or one JSON object per line')
        .default('text')
        .choices(LOG_FORMATS),
    )
    .optionsGroup('Sessions:')
    .addOption(setting('turnTimeout', '<seconds>', 'time limit for one run of a turn', seconds))
    .addOption(setting('sessionTtl', '<seconds>', 'lifetime of an unused session', seconds))
    .addOption(setting('maxSessions', '<number>', 'maximum number of sessions', count))
    .option(SETTINGS.allowCustomIds.flag, 'allow clients to choose session ids with PUT')
    .optionsGroup('Storage:')
    .addOption(
      new Option(
        STRUCTURE.dataSource.flag,
        'PostgreSQL; without it agent-sessions.sqlite in the working directory',
      ).argParser(databaseUrl),
    )
    .option('--no-migrations', 'leave the tables as they are, because others create and change them')
    .addOption(
      new Option(
        SETTINGS.queue.flag,
        'Redis for the queue; without it turns are queued in process',
      ).argParser(redisUrl),
    )
    .optionsGroup('Security:')
    .addOption(
      new Option('--api-key <key>', 'what clients must send as a bearer token')
        .env('AGENT_SESSIONS_API_KEY')
        .argParser(apiKey),
    )
    .addOption(
      new Option('--cors <origin>', 'allow browsers of this origin; repeatable, * for all').argParser(
        corsOrigins,
      ),
    )
    .addOption(
      new Option(
        `${WEBHOOKS.secrets.flag} <secret>`,
        'signs webhooks: whsec_ and the base64 of 24 to 64 bytes',
      )
        .env('AGENT_SESSIONS_WEBHOOK_SECRET')
        .argParser(webhookSecret),
    )
    .option(WEBHOOKS.allowPrivateAddresses.flag, 'allow webhooks to loopback and private addresses')
    .optionsGroup('Other:')
    .helpOption('-h, --help', 'show this help');
}

function value(
  flags: string,
  description: string,
  parse: (text: string) => number,
  fallback: number,
): Option {
  return new Option(flags, description).default(fallback).argParser(parse);
}

/** A limit as the module has it: in seconds for milliseconds, and zero for none. */
function setting(
  name: Limit,
  values: string,
  description: string,
  parse: (text: string) => number,
  otherwise?: number,
): Option {
  const { flag, unit, default: fallback = 0 }: OptionDefinition<number> = SETTINGS[name];
  return value(
    `${flag} ${values}`,
    description,
    parse,
    otherwise ?? (unit === 'ms' ? fallback / 1000 : fallback),
  );
}
