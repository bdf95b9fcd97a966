import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { atEnd } from './cleanup.mjs';
import { freePort, guardChild, killAll, newDatabase, startServer, temporary } from './services.mjs';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const peers = path('peers');

/** Enough workers that no turn of the load waits for one. */
const WORKERS = '32';

/**
 * The servers that are compared. `start` gets the services and returns `{ url, pids, openGate, collectGarbage, stop
 * }`: its URL, its processes, a function that ends the turns that hold, and so on.
 */
export const servers = [
  {
    id: 'sqlite',
    title: 'ours, SQLite, queue in process',
    start: async () => started(await ours([])),
  },
  {
    id: 'postgres',
    title: 'ours, PostgreSQL and Bull',
    start: async ({ postgres, redis }) =>
      started(await ours(['--database', await newDatabase(postgres), '--redis', `${redis.url}/1`])),
  },
  {
    id: 'floor',
    title: 'floor',
    isPeer: true,
    start: async ({ postgres, redis }) =>
      started(await peer('floor', ['--database', await newDatabase(postgres), '--redis', `${redis.url}/2`])),
  },
  {
    id: 'dbos',
    title: 'DBOS Transact',
    isPeer: true,
    start: async ({ postgres }) => started(await peer('dbos', ['--database', await newDatabase(postgres)])),
  },
  {
    id: 'restate',
    title: 'Restate, single node',
    isPeer: true,
    start: startRestate,
  },
];

/** `agent-sessions start` with the bench agent, in a folder that may contain its SQLite file. */
export async function ours(args, cwd) {
  const agent = path('agent.mjs');
  if (!existsSync(path('../dist/esm/cli/main.js'))) throw new Error('Build first: npm run build');
  return startServer([agent, '--workers', WORKERS, '--log-level', 'error', ...args], {
    cwd: cwd ?? (await temporary()),
  });
}

/** The handle of a server whose agent runs in the process `main`. */
export function started(main, others = []) {
  const children = [main.process, ...others];
  const server = {
    url: main.url,
    pids: children.map(({ pid }) => pid),
    openGate: () => main.process.kill('SIGUSR2'),
    collectGarbage: () => main.process.kill('SIGHUP'),
    stop: () => killAll(children),
  };
  atEnd(server.stop);
  return server;
}

async function peer(name, args) {
  return startServer(args, { cwd: peers, program: [path(`peers/${name}.mjs`)] });
}

async function startRestate() {
  const [ingress, admin, node, service] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const program = path(
    `peers/node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
  );
  if (!existsSync(program))
    throw new Error(`there is no restate-server for ${process.platform}-${process.arch}`);
  const child = spawn(program, ['--no-logo', '--listen-mode', 'tcp'], {
    cwd: await temporary(),
    stdio: 'ignore',
    env: {
      ...process.env,
      RESTATE_BASE_DIR: await temporary(),
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: 'true',
      RUST_LOG: 'error',
    },
  });
  await once(child, 'spawn');
  guardChild(child);
  const adapter = await peer('restate', [
    ...['--ingress', `http://127.0.0.1:${ingress}`, '--admin', `http://127.0.0.1:${admin}`],
    ...['--service-port', String(service)],
  ]).catch(async (error) => {
    await killAll([child]);
    throw error;
  });
  return started(adapter, [child]);
}
