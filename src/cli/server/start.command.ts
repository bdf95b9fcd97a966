import { Command, Option } from 'commander';

import { type OptionDefinition, SETTINGS, STRUCTURE, WEBHOOKS } from '../../options/option-tables.js';
import { CommandFailure, oneLine, reportFailure } from '../failure.js';
import { missingPackage } from './missing-package.js';
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
import { LOG_LEVELS } from './server-logger.js';
import type { StartOptions } from './start-options.js';

const AFTER_HELP = `
Zero means no limit for --ttl, --timeout and --max-sessions; --shutdown-timeout 0 requeues running turns at once.
Swagger UI is at /docs, the OpenAPI document at /docs-json.

Examples:
  agent-sessions start agent.mjs
  agent-sessions start agent.mjs --port 3000 --workers 4 --timeout 120
  agent-sessions start agent.mjs --database postgres://user:password@host/name --redis redis://host --role worker`;

type Limit = 'concurrency' | 'shutdownTimeout' | 'turnTimeout' | 'sessionTtl' | 'maxSessions';

/** `agent-sessions start <agent-module>`. */
export function startCommand(): Command {
  return new Command('start')
    .description('Serve an agent over HTTP')
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
      setting('shutdownTimeout', '<seconds>', 'how long running turns may go on at the end', seconds),
    )
    .addOption(
      new Option('--log-level <level>', 'lowest level to log')
        .default('info')
        .choices(LOG_LEVELS)
        .argParser(logLevel),
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
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', AFTER_HELP)
    .action(start);
}

async function start(agentModule: string, options: StartOptions): Promise<void> {
  if (options.role !== 'all' && !(options.database && options.redis)) {
    throw new CommandFailure(`--role ${options.role} needs --database and --redis`);
  }
  // Imported late, so that help and usage errors are immediate, even if a package is missing.
  const { serve } = await import('./serve.js').catch((error: unknown) => {
    throw missingPackage(error);
  });
  // Uncaught errors of the agent's file or of a driver during the start are also reported in one line.
  const fail = (error: unknown) => {
    reportFailure(new CommandFailure(`Starting with ${agentModule} failed: ${oneLine(error)}`));
  };
  process.once('uncaughtException', fail);
  await serve(agentModule, options, () => process.off('uncaughtException', fail));
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
function setting(name: Limit, values: string, description: string, parse: (text: string) => number): Option {
  const { flag, unit, default: fallback = 0 }: OptionDefinition<number> = SETTINGS[name];
  return value(`${flag} ${values}`, description, parse, unit === 'ms' ? fallback / 1000 : fallback);
}
