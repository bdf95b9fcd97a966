import { once } from 'node:events';

import { handleSignals } from '../signals.js';
import type { StartOptions } from '../server/start-options.js';

// Entry point of the server's process under `agent-sessions dev`: see `DevSession`.
handleSignals();

/** The only message of the parent. */
export interface DevStart {
  agentModule: string;
  options: StartOptions;
}

const message = once(process, 'message') as Promise<[DevStart]>;
const { watchParent } = await import('../server/watch-parent.js');
await watchParent();
const [{ agentModule, options }] = await message;
await import('reflect-metadata');
const { reportFailure } = await import('../failure.js');
const { startServer } = await import('../server/start.command.js');
try {
  await startServer(agentModule, options);
} catch (error) {
  reportFailure(error);
}
