import { Command, Option } from 'commander';

import { createClient, type SessionsClient } from '../../client/index.js';
import { CommandFailure } from '../failure.js';
import { apiKey } from '../server/option-values.js';

/** Options of every client. */
export interface ClientCommandOptions {
  apiKey?: string;
  json?: true;
}

/** A command about a running server; the arguments follow the server's URL. */
export function clientCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<url>', "the server's address, such as http://127.0.0.1:8000")
    .addOption(
      new Option('--api-key <key>', "the server's API key").env('AGENT_SESSIONS_API_KEY').argParser(apiKey),
    )
    .option('--json', 'print JSON as it is, in one line')
    .helpOption('-h, --help', 'show this help')
    .hook('preAction', () => {
      // The reader of the output has ended, for example `head`.
      process.stdout.on('error', () => process.exit());
    });
}

/** A client of the server that the user named. */
export function clientOf(url: string, options: ClientCommandOptions): SessionsClient {
  return withUrl(() => createClient({ baseUrl: url, apiKey: options.apiKey }));
}

/** Reports a URL that is none; does not repeat it, because it may hold a password. */
export function withUrl<T>(make: () => T): T {
  try {
    return make();
  } catch {
    throw new CommandFailure(
      'The URL of the server must be an http or https URL without user, query and fragment, like http://127.0.0.1:8000',
    );
  }
}
