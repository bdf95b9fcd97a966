import type { Command } from 'commander';

import { HttpRequests } from '../../client/http-requests.js';
import type { SessionSummary } from '../../client/index.js';
import { seconds } from '../server/option-values.js';
import { clientCommand, type ClientCommandOptions, clientOf, withUrl } from './client-command.js';
import { EXIT_CODES_HELP, exitCodeOf } from './exit-codes.js';
import { printJson } from './print-json.js';

/** Whether and how long to wait; in seconds. */
export interface WaitCommandOptions extends ClientCommandOptions {
  wait?: true;
  timeout?: number;
}

/** Adds `--wait` and `--timeout`. */
export function withWait(command: Command): Command {
  return command
    .option('--wait', 'wait until the turn has ended or asks a question')
    .option('--timeout <seconds>', 'how long to wait; without it for as long as it takes', seconds)
    .addHelpText('after', EXIT_CODES_HELP);
}

/** `agent-sessions get|messages|sessions|health`. */
export function readCommands(): Command[] {
  return [
    withWait(clientCommand('get', 'Print a session').argument('<id>', 'the session')).action(get),
    clientCommand('messages', 'Print the history of a session')
      .argument('<id>', 'the session')
      .action(async (url: string, id: string, options: ClientCommandOptions) => {
        printJson(await clientOf(url, options).messages(id), options);
      }),
    clientCommand('sessions', 'Print all sessions, the newest first').action(sessions),
    clientCommand('health', 'Print the state of the server').action(health),
  ];
}

async function get(url: string, id: string, options: WaitCommandOptions): Promise<void> {
  const client = clientOf(url, options);
  const session = options.wait ? await client.wait(id, timeLimit(options)) : await client.get(id);
  printJson(session, options);
  if (options.wait) process.exitCode = exitCodeOf(session);
}

/** The client's time limit, in ms. */
export function timeLimit({ timeout }: WaitCommandOptions): { timeout?: number } {
  return timeout === undefined ? {} : { timeout: timeout * 1000 };
}

async function sessions(url: string, options: ClientCommandOptions): Promise<void> {
  const client = clientOf(url, options);
  const all: SessionSummary[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
    const page = await client.list({ cursor });
    all.push(...page);
    cursor = page.next;
  }
  printJson(all, options);
}

/** Asks once, because it is about the server as it is now. */
async function health(url: string, options: ClientCommandOptions): Promise<void> {
  const requests = withUrl(() => new HttpRequests({ baseUrl: url, apiKey: options.apiKey }));
  printJson((await requests.once({ method: 'GET', path: '/health' })).body, options);
}
