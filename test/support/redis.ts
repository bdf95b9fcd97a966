import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

import { guardChild } from './guard.js';
import { freePort } from './ports.js';
import { findTool } from './tools.js';

/** A Redis server for one test file. It keeps its port, and loses all data when it ends. */
export class RedisServer {
  readonly url: string;
  private process: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly port: number,
    private readonly settings: string[],
  ) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** A server that is not started yet; `settings` are further arguments of `redis-server`. */
  static async create(settings: string[] = []): Promise<RedisServer> {
    const program = await findTool({
      names: ['redis-server'],
      aptPackage: 'redis-server',
      hint: 'set REDIS_URL to a server that the tests may use',
    });
    return new RedisServer(program, await freePort(), settings);
  }

  async start(): Promise<void> {
    if (isRunning(this.process)) return;
    const args = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', tmpdir()];
    const child = spawn(this.program, [...args, '--save', '', '--appendonly', 'no', ...this.settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    guardChild(child);
    await ready(child);
    this.process = child;
  }

  /** Shuts it down. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** Kills it, like a crash. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Kills it and starts it again, empty. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (!isRunning(process)) return;
    const exit = once(process, 'exit');
    process.kill(signal);
    await exit;
  }
}

function isRunning(process: ChildProcess | undefined): process is ChildProcess {
  return process?.exitCode === null && process.signalCode === null;
}

/** Resolves when the server reports that it accepts connections; rejects with its output if it exits before. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (output.includes('Ready to accept connections')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`Redis did not start:\n${output}`));
    });
  });
}
