import { join } from 'node:path';

import { type Server, startServer } from '../support/cli.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';

const agent = join(import.meta.dirname, 'agents/fault-agent.mjs');
const program = [bundled(join(import.meta.dirname, 'server.mjs'))];

/** Common options of the processes of a fleet. */
export interface FleetOptions {
  /** Working directory of the processes. */
  folder: string;
  /** PostgreSQL; without it, SQLite in the folder. */
  database?: string;
  redis?: string;
  /** Whether the database has them; the processes create them otherwise. */
  hasTables: boolean;
}

export interface ProcessOptions {
  role?: 'all' | 'api' | 'worker';
  /** Seconds. Without it and without `maxAttempts` the process is `agent-sessions start` itself. */
  lease?: number;
  maxAttempts?: number;
  /** Maximum number of concurrent turns. */
  workers?: number;
  /** Seconds. */
  shutdownTimeout?: number;
  /** `claimed:3`: dies when it reaches that failpoint for the third time. */
  failpoint?: string;
  /** Kept by the process that replaces this one. */
  port?: number;
}

/** One process. */
export interface Member extends Server {
  readonly options: ProcessOptions;
  readonly pid: number;
  /** The time of its kill. */
  killedAt?: number;
}

/** Any number of server processes on one database and one Redis. */
export class Fleet {
  /** All processes ever started, in that order. */
  readonly members: Member[] = [];

  constructor(private readonly options: FleetOptions) {}

  /** The log file of the agents of all processes. */
  get agentLog(): string {
    return join(this.options.folder, 'agent.log');
  }

  /** Those that are running. */
  get running(): Member[] {
    return this.members.filter((member) => !hasEnded(member));
  }

  /** The URLs of running processes that serve requests. */
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

  async startWorkers(count: number, options: ProcessOptions = {}): Promise<Member[]> {
    return Promise.all(Array.from({ length: count }, () => this.start({ ...options, role: 'worker' })));
  }

  /** Starts a process that pending work kills at a failpoint, maybe before it is ready, and waits for its death. */
  async startToDie(options: ProcessOptions): Promise<void> {
    try {
      const member = await this.start(options);
      await this.death(member);
    } catch (error) {
      if (!diedAtStart(error)) throw error;
    }
  }

  /** Lets a process die when it next reaches a failpoint. */
  async arm({ url }: Member, failpoint: string): Promise<void> {
    const answer = await fetch(`${url}/failpoints/${failpoint}`, { method: 'POST' });
    if (answer.status !== 201) throw new Error(await answer.text());
  }

  /** Waits until a process dies at a failpoint. */
  async death(member: Member): Promise<void> {
    await until(() => hasEnded(member), { what: 'the process to die at its failpoint' });
    member.killedAt = Date.now();
  }

  /** `kill -9`. */
  async kill(member: Member): Promise<void> {
    member.killedAt = Date.now();
    await member.kill();
  }

  /** Starts a process with the options of one that has ended. */
  async replace(member: Member): Promise<Member> {
    return this.start({ ...member.options, failpoint: undefined, port: Number(new URL(member.url).port) });
  }

  /** The same if pending work may kill the process before it is ready: starts until one survives. */
  async revive(member: Member): Promise<Member> {
    for (;;) {
      try {
        return await this.replace(member);
      } catch (error) {
        if (!diedAtStart(error)) throw error;
      }
    }
  }

  /** Kills all processes. */
  async remove(): Promise<void> {
    await Promise.all(this.running.map((member) => member.kill()));
  }

  /** The output of all processes, one after the other. */
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
    return [
      ...given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)])),
      ...(this.options.hasTables ? ['--no-migrations'] : []),
    ];
  }
}

function diedAtStart(error: unknown): boolean {
  return String((error as Error).cause).includes('ended with SIGKILL');
}

export function hasEnded({ process }: Member): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}
