import type { Command } from 'commander';

import { clientCommand, type ClientCommandOptions, clientOf } from './client-command.js';
import { printJson } from './print-json.js';
import { position } from './value-parsers.js';

interface EventsCommandOptions extends ClientCommandOptions {
  after?: number;
  turn?: string;
}

/** `agent-sessions events <url> <id>`. */
export function eventsCommand(): Command {
  return clientCommand('events', 'Follow the events of a session')
    .argument('<id>', 'the session')
    .option('--after <number>', 'begin after this event; 0 is the beginning of the log', position)
    .option('--turn <turn-id>', 'only the events of this turn, until it ends')
    .action(async (url: string, id: string, options: EventsCommandOptions) => {
      const { after, turn } = options;
      for await (const event of clientOf(url, options).events(id, { after, turn })) printJson(event, options);
    });
}
