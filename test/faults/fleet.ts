import { join } from 'node:path';

import { type Server, startServer } from '../support/cli.js';

const agent = join(import.meta.dirname, 'agents/fault-agent.mjs');
const program = [join(import.meta.dirname, 'server.mjs')];

/** What the processes of a fleet have in common. */
export interface FleetOptions {
  /** Where they run and keep their files. */
  folder: string;
  /** PostgreSQL; without it, SQLite in the folder. */
  database?: string;
  redis?: string;
}

export interface ProcessOptions {
  role?: 'all' | 'api' | 'worker';
  /** Seconds. Without it and without `maxAttempts` the process is `agent-sessions start` itself. */
  lease?: number;
  maxAttempts?: number;
  /** Turns at once. */
  workers?: number;
  /** Seconds. */
  shutdownTimeout?: number;
  /** `claimed:3`: dies when it comes by that edge for the third time. */
  failpoint?: string;
  /** Kept by a process that comes after another. */
  port?: number;
}

/** One process. */
export interface Member extends Server {
  readonly options: ProcessOptions;
  readonly pid: number;
  /** When it was killed. */
  killedAt?: number;
}

/** Any number of server processes on one database and one Redis. */
export class Fleet {
  /** All that were ever started, in that order. */
  readonly members: Member[] = [];

  constructor(private readonly options: FleetOptions) {}

  /** The file to which the agents of all processes write what they do. */
  get agentLog(): string {
    return join(this.options.folder, 'agent.log');
  }

  /** Those that are running. */
  get running(): Member[] {
    return this.members.filter((member) => !hasEnded(member));
  }

  /** The addresses of running processes that take requests. */
  get urls(): string[] {
    return this.running.filter(({ options }) => options.role !== 'worker').map(({ url }) => url);
  }

  async start(options: ProcessOptions = {}): Promise<Member> {
    const usesProgram = options.lease !== undefined || options.maxAttempts !== undefined;
    const server = await startServer([agent, ...this.arguments(options)], {
      cwd: this.options.folder,
      port: options.port,
      program: usesProgram ? program : undefined,
      env: { FAULT_AGENT_LOG: this.agentLog, AGENT_SESSIONS_FAILPOINT: options.failpoint ?? '' },
    });
    const member = Object.assign(server, { options, pid: server.process.pid ?? 0 });
    this.members.push(member);
    return member;
  }

  /** `kill -9`. */
  async kill(member: Member): Promise<void> {
    member.killedAt = Date.now();
    await member.kill();
  }

  /** Starts a process like one that has ended. */
  async replace(member: Member): Promise<Member> {
    return this.start({ ...member.options, failpoint: undefined, port: Number(new URL(member.url).port) });
  }

  /** The same where what waits may kill a process before it has even answered: starts until one lives that long. */
  async revive(member: Member): Promise<Member> {
    for (;;) {
      try {
        return await this.replace(member);
      } catch (error) {
        if (!String((error as Error).cause).includes('ended with SIGKILL')) throw error;
      }
    }
  }

  /** Ends all without notice. */
  async remove(): Promise<void> {
    await Promise.all(this.running.map((member) => member.kill()));
  }

  /** What all of them wrote, each process's output in one piece. */
  get output(): string {
    return this.members.map((member) => member.stdout() + member.stderr()).join('\n');
  }

  private arguments(options: ProcessOptions): string[] {
    const given: [string, string | number | undefined][] = [
      ['--database', this.options.database],
      ['--redis', this.options.redis],
      ['--role', options.role],
      ['--lease', options.lease],
      ['--max-attempts', options.maxAttempts],
      ['--workers', options.workers],
      ['--shutdown-timeout', options.shutdownTimeout],
    ];
    return given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  }
}

export function hasEnded({ process }: Member): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}
