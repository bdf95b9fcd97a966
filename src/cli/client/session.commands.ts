import type { Command } from 'commander';

import { clientCommand, type ClientCommandOptions, clientOf } from './client-command.js';
import { printJson } from './print-json.js';
import { json } from './value-parsers.js';

/** `agent-sessions create|delete|resume|cancel`. */
export function sessionCommands(): Command[] {
  return [
    clientCommand('create', 'Create a session and print it').action(
      async (url: string, options: ClientCommandOptions) => {
        printJson(await clientOf(url, options).create(), options);
      },
    ),
    clientCommand('delete', 'Delete a session; a running turn is aborted')
      .argument('<id>', 'the session')
      .action(async (url: string, id: string, options: ClientCommandOptions) => {
        await clientOf(url, options).delete(id);
      }),
    clientCommand('resume', 'Answer a question of the agent')
      .argument('<id>', 'the session')
      .argument('<interrupt-id>', "the question, from the session's interrupts")
      .argument('<json>', 'the answer', json)
      .action(
        async (url: string, id: string, interrupt: string, value: unknown, options: ClientCommandOptions) => {
          const answer = { interrupt_id: interrupt, value };
          printJson(await clientOf(url, options).resume(id, answer), options);
        },
      ),
    clientCommand('cancel', 'Cancel the turn of a session')
      .argument('<id>', 'the session')
      .action(async (url: string, id: string, options: ClientCommandOptions) => {
        printJson(await clientOf(url, options).cancel(id), options);
      }),
  ];
}
