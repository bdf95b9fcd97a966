import { Command, Option } from 'commander';

import { type Dialect, DIALECTS, migrationScript } from './migration-script.js';

const AFTER_HELP = `
Examples:
  agent-sessions migrations --dialect postgres | psql --single-transaction --set ON_ERROR_STOP=1 $DATABASE_URL
  agent-sessions migrations --dialect sqlite > agent-sessions.sql`;

/** `agent-sessions migrations --dialect <dialect>`. */
export function migrationsCommand(): Command {
  return new Command('migrations')
    .description('Print the SQL that creates the tables, for running it without TypeORM')
    .addOption(new Option('--dialect <dialect>', 'the database').choices(DIALECTS).makeOptionMandatory())
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', AFTER_HELP)
    .action(async ({ dialect }: { dialect: Dialect }) => {
      process.stdout.write(await migrationScript(dialect));
    });
}
