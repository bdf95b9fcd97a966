import type { Command } from 'commander';

import { chatCommand } from './chat/chat.command.js';
import { eventsCommand } from './events.command.js';
import { readCommands } from './read.commands.js';
import { sendCommand } from './send.command.js';
import { sessionCommands } from './session.commands.js';

/** The commands about a running server. */
export function clientCommands(): Command[] {
  return [chatCommand(), sendCommand(), ...readCommands(), ...sessionCommands(), eventsCommand()];
}
