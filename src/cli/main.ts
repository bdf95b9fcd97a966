#!/usr/bin/env node
import 'reflect-metadata';

import { Command } from 'commander';

import { reportFailure } from './failure.js';
import { startCommand } from './start.command.js';

const program = new Command('agent-sessions')
  .description('Durable, asynchronous sessions for an agent, over HTTP')
  .showSuggestionAfterError(false)
  .addCommand(startCommand());

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
