import 'reflect-metadata';

import { Command } from 'commander';

import { clientCommands } from './client/index.js';
import { devCommand } from './dev/dev.command.js';
import { reportFailure } from './failure.js';
import { migrationsCommand } from './server/migrations.command.js';
import { packageVersion } from './package-version.js';
import { startCommand } from './server/start.command.js';

/** Runs the command line. A failure is printed in one line and ends the process. */
export async function runProgram(): Promise<void> {
  // The reader of the output may close it before the server ends (EPIPE); the server continues.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const program = new Command('agent-sessions')
    .description('Durable, asynchronous sessions for an agent, over HTTP')
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureOutput({
      outputError: (text, write) => {
        // The suggestion for a misspelt command or option is on a line of its own.
        write(text.replace(/^error:/, 'agent-sessions:').replace(/\n\(/, ' ('));
      },
    })
    .addHelpText('after', '\nHelp for a command: agent-sessions <command> --help');

  program.commandsGroup('Servers:');
  for (const command of [startCommand(), devCommand(), migrationsCommand()]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  program.commandsGroup('Clients of a running server:');
  for (const command of clientCommands()) program.addCommand(command.copyInheritedSettings(program));

  try {
    await program.parseAsync();
  } catch (error) {
    reportFailure(error);
  }
}
