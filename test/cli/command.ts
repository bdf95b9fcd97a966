import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { BUILT } from '../support/cli.js';
import { type ChildOutcome, outcomeOf } from '../support/child-outcome.js';
import { guardChild } from '../support/guard.js';
import { bundled } from '../support/programs.js';
import { redisUrl } from '../support/urls.js';

/** The time limit for a start that cannot succeed, in ms. */
export const FAILURE_TIME = 10_000;

/** An agent that repeats its message. */
export const ECHO = 'export default ({ message }) => `You said: ${message.content}`;';

/** An agent whose first run takes as many ms as the message says. */
export const SLOW = `
import { setTimeout as delay } from 'node:timers/promises';
export default async ({ message, attempt, signal }) => {
  if (attempt === 1) await delay(Number(message.content), undefined, { signal });
  return \`attempt \${attempt}\`;
};`;

/** The exit of a command and its output. */
export interface Outcome extends ChildOutcome {
  /** Its duration, in ms. */
  took: number;
}

/** Runs `agent-sessions …args` to its end; `program` may be the command line as users have it. */
export async function run(
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  program = bundled(BUILT),
): Promise<Outcome> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 2 * FAILURE_TIME,
  });
  guardChild(child);
  return { ...(await outcomeOf(child)), took: performance.now() - begun };
}

/** Writes an agent's file into a folder and returns its name. */
export async function agentFile(folder: string, source: string, name = 'agent.mjs'): Promise<string> {
  await writeFile(join(folder, name), source);
  return name;
}

/** Runs tasks with limited concurrency, and returns their results in order. */
export async function pooled<T>(tasks: (() => Promise<T>)[], atOnce = 2): Promise<T[]> {
  const results: T[] = [];
  const queue = [...tasks.entries()];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** The run's Redis with a random key prefix, because all servers of the run use the same queue name. */
export function redisOfItsOwn(): string {
  const url = new URL(redisUrl());
  url.pathname = `/${randomInt(1, 16)}`;
  return url.href;
}

/** A server that accepts connections and never responds. Emits `connection` for each. */
export class BlackHole extends EventEmitter {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    super();
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      this.emit('connection');
      socket.on('error', () => undefined);
    });
  }

  static async open(): Promise<BlackHole> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new BlackHole(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
