import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { guardChild } from './guard.js';
import { acceptsConnections, freePort } from './ports.js';
import { bundled } from './programs.js';
import { until } from './until.js';

/** The command line as users have it; {@link startServer} starts its bundle. */
export const BUILT = join(import.meta.dirname, '../../dist/esm/cli/main.js');

export interface ServerOptions {
  /** The working directory, which contains the SQLite file by default. */
  cwd: string;
  /** Added to this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** A free one by default. */
  port?: number;
  /** Node's arguments instead of `agent-sessions start`. */
  program?: string[];
}

export interface Server {
  url: string;
  process: ChildProcess;
  /** Its output so far. */
  stdout(): string;
  stderr(): string;
  /**
   * Sends the signal (SIGTERM by default) and waits; returns the exit code, or null if the signal ended the process.
   */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Kills it. */
  kill(): Promise<void>;
}

/**
 * Starts `agent-sessions start …args` on a free port and resolves once `/health` responds. Rejects with the server's
 * stderr if it exits before that.
 */
export async function startServer(args: string[], options: ServerOptions): Promise<Server> {
  const port = options.port ?? (await freePort());
  const program = options.program ?? [bundled(BUILT), 'start'];
  const child = spawn(process.execPath, [...program, ...args, '--port', String(port)], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  guardChild(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exit = end(child);

  const server: Server = {
    url: `http://127.0.0.1:${port}`,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exit;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
  try {
    await until(() => hasStarted(server), { what: 'GET /health to answer', timeoutMs: 25_000 });
  } catch (cause) {
    await server.kill();
    throw new Error(stderr || String(cause), { cause });
  }
  return server;
}

/** The exit code, once all output has been read, unless a grandchild keeps the pipes open. */
async function end(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close');
  await once(child, 'exit');
  await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
  return child.exitCode;
}

async function hasStarted({ url, process }: Server): Promise<boolean> {
  if (process.exitCode !== null || process.signalCode !== null) {
    throw new Error(`The server ended with ${process.signalCode ?? `exit code ${String(process.exitCode)}`}`);
  }
  if (!(await acceptsConnections(Number(new URL(url).port)))) return false;
  try {
    await (await fetch(`${url}/health`)).text();
    return true;
  } catch {
    return false;
  }
}
