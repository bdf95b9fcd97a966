import type { Command } from 'commander';

import type { SessionsClient } from '../../../client/index.js';
import { onSignal } from '../../signals.js';
import { clientCommand, type ClientCommandOptions, clientOf } from '../client-command.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import { param } from '../value-parsers.js';
import { Chat } from './chat.js';
import { chatInput } from './chat-input.js';
import { Screen } from './screen.js';

interface ChatOptions extends ClientCommandOptions {
  session?: string;
  keep?: true;
  param?: Record<string, unknown>;
}

const AFTER_HELP = `
Without a message it reads one from each line; blank lines are skipped, and the end of input and Ctrl+C leave.
Ctrl+C during a turn cancels the turn. The answer is on stdout, all else on stderr.
${EXIT_CODES_HELP}

Examples:
  agent-sessions chat http://127.0.0.1:8000
  agent-sessions chat http://127.0.0.1:8000 "weather Paris" --param style=brief`;

/** `agent-sessions chat <url> [message]`. */
export function chatCommand(): Command {
  return clientCommand('chat', 'Talk to the agent')
    .argument('[message]', 'the only message')
    .option('--session <id>', 'talk in this session, which is kept; by default in a new one')
    .option('--keep', 'keep the new session')
    .option('--param <K=V>', 'a parameter for the agent (user_params); repeatable', param)
    .addHelpText('after', AFTER_HELP)
    .action(chat);
}

async function chat(url: string, message: string | undefined, options: ChatOptions): Promise<void> {
  const client = clientOf(url, options);
  const sessionId = options.session ?? (await client.create()).session_id;
  const screen = new Screen(!options.json);
  const input = chatInput(() => {
    conversation.interrupt();
  });
  const conversation = new Chat({
    client,
    sessionId,
    input,
    screen,
    params: options.param,
    json: options.json,
  });
  onSignal((signal) => {
    if (signal === 'SIGINT') conversation.interrupt();
    else conversation.leave();
  });
  try {
    process.exitCode = await conversation.run(message, options.session !== undefined);
  } finally {
    input.close();
    if (options.keep && options.session === undefined) screen.note(`Session ${sessionId} was kept.`);
    else if (options.session === undefined) await remove(client, sessionId);
  }
}

async function remove(client: SessionsClient, sessionId: string): Promise<void> {
  try {
    await client.delete(sessionId);
  } catch (error) {
    // Deleted by others, or expired.
    if ((error as { status?: number }).status !== 404) throw error;
  }
}
