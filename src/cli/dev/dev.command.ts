import { Command } from 'commander';

import { missingPackage } from '../server/missing-package.js';
import { withServerOptions } from '../server/server-options.js';
import { checkCombination, type StartOptions } from '../server/start-options.js';
import { loaderFor } from './typescript-loader.js';

const AFTER_HELP = `
As "start", for development: agents in TypeScript (with the package tsx), a restart when the agent's file or a file
that it imports changes, and pages of localhost may use the API. Running turns are requeued at a restart.

Examples:
  agent-sessions dev agent.ts
  agent-sessions dev agent.mjs --port 3000 --log-level info`;

/** `agent-sessions dev <agent-module>`. */
export function devCommand(): Command {
  return withServerOptions(
    new Command('dev').description('Serve an agent during its development: TypeScript, restarts on changes'),
    { logLevel: 'debug', shutdownTimeout: 0 },
  )
    .addHelpText('after', AFTER_HELP)
    .action(dev);
}

async function dev(agentModule: string, options: StartOptions): Promise<void> {
  checkCombination(options);
  const loader = loaderFor(agentModule);
  const { DevSession } = await import('./dev-session.js').catch((error: unknown) => {
    throw missingPackage(error);
  });
  new DevSession(agentModule, { ...options, corsLoopback: true }, loader).start();
}
