import { HttpAgent } from 'ag-ui-client-0';
import { copyFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ROOT } from '../package/tarball.js';
import type { AgUiAgent } from './ag-ui-clients.js';

/** Where `npm run test:clients` has installed CopilotKit's runtime, which is too large for `devDependencies`. */
export const COPILOTKIT_FOLDER = process.env.COPILOTKIT_FOLDER;

/** CopilotKit's runtime, as its client in a browser sees it. */
export interface CopilotKit {
  open(threadId: string, route?: 'run' | 'connect'): AgUiAgent;
  stop(threadId: string): Promise<unknown>;
  close(): void;
}

interface Runtime {
  CopilotRuntime: new (options: object) => object;
}

interface Endpoint {
  createCopilotNodeListener: (options: object) => RequestListener;
}

/** A runtime in front of an AG-UI route, with its own runner or with the one of the example. */
export async function startCopilotKit(url: string, runner: 'own' | 'example'): Promise<CopilotKit> {
  process.env.COPILOTKIT_TELEMETRY_DISABLED = 'true';
  const folder = COPILOTKIT_FOLDER ?? '';
  const runtime = await load<Runtime>(folder, '@copilotkit/runtime/v2');
  const client = await load<{ HttpAgent: new (options: object) => object }>(folder, '@ag-ui/client');
  const options = {
    agents: { support: new client.HttpAgent({ url }) },
    ...(runner === 'example' ? { runner: await exampleRunner(folder, url) } : {}),
  };
  const { createCopilotNodeListener } = await load<Endpoint>(folder, '@copilotkit/runtime/v2/node');
  const basePath = '/api/copilotkit';
  const server = createServer(
    createCopilotNodeListener({ runtime: new runtime.CopilotRuntime(options), basePath }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = `http://127.0.0.1:${port}${basePath}/agent/support`;
  return {
    open: (threadId, route = 'run') => new HttpAgent({ url: `${agent}/${route}`, threadId }),
    stop: async (threadId) => {
      const path = `${agent}/stop/${encodeURIComponent(threadId)}`;
      return (await fetch(path, { method: 'POST' })).json();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The example's file, next to the packages that it imports. */
async function exampleRunner(folder: string, url: string): Promise<object> {
  const copy = join(folder, 'sessions-runner.mjs');
  await copyFile(join(ROOT, 'examples/copilotkit/sessions-runner.mjs'), copy);
  const { SessionsRunner } = (await import(pathToFileURL(copy).href)) as {
    SessionsRunner: new (url: string) => object;
  };
  return new SessionsRunner(url);
}

/** The build that an `import` in that folder would load: the runtime checks the class of its runner. */
async function load<T>(folder: string, name: string): Promise<T> {
  const required = createRequire(join(folder, 'package.json')).resolve(name);
  return (await import(pathToFileURL(required.replace(/\.cjs$/, '.mjs')).href)) as T;
}
