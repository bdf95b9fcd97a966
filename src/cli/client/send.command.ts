import { type Command, Option } from 'commander';

import type { ChatRole, MessageRequest } from '../../client/index.js';
import { CommandFailure } from '../failure.js';
import { clientCommand, clientOf } from './client-command.js';
import { exitCodeOf } from './exit-codes.js';
import { printJson } from './print-json.js';
import { timeLimit, type WaitCommandOptions, withWait } from './read.commands.js';
import { param } from './value-parsers.js';

interface SendOptions extends WaitCommandOptions {
  role: ChatRole;
  webhookUrl?: string;
  webhookToken?: string;
  webhookIncludeMessages?: true;
  param?: Record<string, unknown>;
}

/** `agent-sessions send <url> <id> <message>`. */
export function sendCommand(): Command {
  const command = clientCommand(
    'send',
    'Send a message and print that it was accepted, or with --wait the session',
  )
    .argument('<id>', 'the session')
    .argument('<message>', 'the text')
    .addOption(
      new Option('--role <role>', 'the author')
        .choices(['system', 'user', 'assistant', 'tool'])
        .default('user'),
    )
    .option('--webhook-url <url>', 'where the server sends the result')
    .option('--webhook-token <token>', 'the bearer token of the webhook')
    .option('--webhook-include-messages', 'send the history to the webhook as well')
    .option('--param <K=V>', 'a parameter for the agent (user_params); repeatable', param);
  return withWait(command).action(send);
}

async function send(url: string, id: string, content: string, options: SendOptions): Promise<void> {
  const client = clientOf(url, options);
  const message = messageOf(content, options);
  const answer = options.wait
    ? await client.ask(id, message, timeLimit(options))
    : await client.send(id, message);
  printJson(answer, options);
  if (options.wait) process.exitCode = exitCodeOf(answer);
}

function messageOf(content: string, options: SendOptions): MessageRequest {
  const { role, webhookUrl, webhookToken, webhookIncludeMessages, param: params } = options;
  if (webhookUrl === undefined && (webhookToken !== undefined || webhookIncludeMessages)) {
    throw new CommandFailure('--webhook-token and --webhook-include-messages need --webhook-url');
  }
  return {
    role,
    content,
    ...(params ? { user_params: params } : {}),
    ...(webhookUrl === undefined
      ? {}
      : { webhook: { url: webhookUrl, token: webhookToken, include_messages: webhookIncludeMessages } }),
  };
}
