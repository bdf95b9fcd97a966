import { afterAll, beforeAll } from '@jest/globals';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { agentFile, ECHO } from './command.js';

/** A standalone server and a client of it. */
export interface CliServer {
  server: Server;
  client: SessionsClient;
  /** The working directory. */
  folder: string;
}

export interface CliServerOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** The source of the agent's file. */
  agent?: string;
}

/** One server for all tests of a `describe`, on SQLite by default. */
export function useServer({ args = [], env, agent = ECHO }: CliServerOptions = {}): CliServer {
  const running = {} as CliServer;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const file = await agentFile(folder.path, agent);
    const server = await startServer([file, ...args], { cwd: folder.path, env });
    Object.assign(running, { server, client: new SessionsClient(server.url), folder: folder.path });
  });
  afterAll(async () => {
    await (running as Partial<CliServer>).server?.stop();
    await folder.remove();
  });
  return running;
}
