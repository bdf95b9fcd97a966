import { Command } from 'commander';

import { CommandFailure, oneLine, reportFailure } from '../failure.js';
import { missingPackage } from './missing-package.js';
import { withServerOptions } from './server-options.js';
import { checkCombination, type StartOptions } from './start-options.js';

const AFTER_HELP = `
Zero means no limit for --ttl, --timeout and --max-sessions; --shutdown-timeout 0 requeues running turns at once.
The console is at /, Swagger UI at /docs, the OpenAPI document at /docs-json.

Examples:
  agent-sessions start agent.mjs
  agent-sessions start agent.mjs --port 3000 --workers 4 --timeout 120
  agent-sessions start agent.mjs --database postgres://user:password@host/name --redis redis://host --role worker`;

/** `agent-sessions start <agent-module>`. */
export function startCommand(): Command {
  return withServerOptions(new Command('start').description('Serve an agent over HTTP'), { logLevel: 'info' })
    .addHelpText('after', AFTER_HELP)
    .action(start);
}

async function start(agentModule: string, options: StartOptions): Promise<void> {
  checkCombination(options);
  await startServer(agentModule, options);
}

/** Serves the agent in this process. Every failure of the start is reported in one line. */
export async function startServer(agentModule: string, options: StartOptions): Promise<void> {
  // Imported late, so that help and usage errors are immediate, even if a package is missing.
  const { serve } = await import('./serve.js').catch((error: unknown) => {
    throw missingPackage(error);
  });
  // Uncaught errors of the agent's file or of a driver during the start are also reported in one line.
  const fail = (error: unknown) => {
    reportFailure(new CommandFailure(`Starting with ${agentModule} failed: ${oneLine(error)}`));
  };
  process.once('uncaughtException', fail);
  await serve(agentModule, options, () => process.off('uncaughtException', fail));
}
