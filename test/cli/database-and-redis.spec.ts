import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { guardChild } from '../support/guard.js';
import { freePort } from '../support/ports.js';

import { findTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { postgresUrl, redisUrl } from '../support/urls.js';
import { agentFile, BlackHole, ECHO, FAILURE_TIME, type Outcome, pooled, run } from './command.js';
import { runInProcess } from './in-process.js';

const SECRET = 's3cret-pass';

/** The ports of the addresses below. */
interface Places {
  silent: number;
  nobody: number;
  lockedRedis: number;
}

interface FailingStart {
  what: string;
  args: (places: Places) => string[];
  says: RegExp;
  /** Whether it takes its time, in a process of its own; others stand for the rest of their kind there. */
  isSlow?: boolean;
}

const withPassword = (url: string, password: string) => {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
};

const starts: FailingStart[] = [
  {
    what: 'PostgreSQL refuses the connection',
    isSlow: true,
    args: ({ nobody }) => ['--database', `postgres://me:${SECRET}@127.0.0.1:${nobody}/x`],
    says: /database postgres:\/\/127\.0\.0\.1:\d+\/x does not answer: .*ECONNREFUSED/,
  },
  {
    what: 'PostgreSQL takes the connection and never answers',
    isSlow: true,
    args: ({ silent }) => ['--database', `postgres://me:${SECRET}@127.0.0.1:${silent}/x`],
    says: /database postgres:\/\/127\.0\.0\.1:\d+\/x does not answer: .*timeout/,
  },
  {
    what: 'PostgreSQL has no such host',
    args: () => ['--database', `postgres://me:${SECRET}@nowhere.invalid/x`],
    says: /database postgres:\/\/nowhere\.invalid\/x does not answer: .*(ENOTFOUND|EAI_AGAIN)/,
  },
  {
    what: 'PostgreSQL refuses the password',
    args: () => ['--database', withPassword(postgresUrl(), SECRET)],
    says: /password authentication failed for user "postgres"/,
  },
  {
    what: 'PostgreSQL has no such database',
    args: () => ['--database', new URL('/absent', postgresUrl()).href],
    says: /database postgres:\/\/[\d.:]+\/absent .*"absent" does not exist/,
  },
  {
    what: 'Redis refuses the connection',
    isSlow: true,
    args: ({ nobody }) => ['--redis', `redis://:${SECRET}@127.0.0.1:${nobody}`],
    says: /Redis at 127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/,
  },
  {
    what: 'Redis takes the connection and never answers',
    isSlow: true,
    args: ({ silent }) => ['--redis', `redis://:${SECRET}@127.0.0.1:${silent}`],
    says: /Redis at 127\.0\.0\.1:\d+ does not answer/,
  },
  {
    what: 'Redis wants a password',
    args: ({ lockedRedis }) => ['--redis', `redis://127.0.0.1:${lockedRedis}`],
    says: /Redis at 127\.0\.0\.1:\d+ refuses: .*NOAUTH/,
  },
  {
    what: 'Redis refuses the password',
    args: ({ lockedRedis }) => ['--redis', `redis://:${SECRET}@127.0.0.1:${lockedRedis}`],
    says: /Redis at 127\.0\.0\.1:\d+ refuses: .*WRONGPASS/,
  },
  {
    what: 'Redis has no such database',
    args: () => ['--redis', new URL('/9999', redisUrl()).href],
    says: /Redis at [\d.:]+ refuses: .*index is out of range/,
  },
  {
    what: 'PostgreSQL and Redis are both silent',
    isSlow: true,
    args: ({ silent }) => [
      ...['--database', `postgres://me:${SECRET}@127.0.0.1:${silent}/x`],
      ...['--redis', `redis://:${SECRET}@127.0.0.1:${silent}`],
    ],
    says: /does not answer/,
  },
  {
    what: 'Redis answers and PostgreSQL is silent',
    isSlow: true,
    args: ({ silent }) => [
      ...['--database', `postgres://me:${SECRET}@127.0.0.1:${silent}/x`],
      ...['--redis', redisUrl()],
    ],
    says: /database postgres:.* does not answer/,
  },
];

describe('a start fails within 10 s with one line if', () => {
  const outcomes = new Map<FailingStart, Outcome>();
  const cleanUp: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const folder = await keep(temporaryFolder(), (made: TemporaryFolder) => made.remove());
    const hole = await keep(BlackHole.open(), (made: BlackHole) => made.close());
    const lockedRedis = await keep(startLockedRedis(), (made: LockedRedis) => made.stop());
    const places = {
      silent: hole.port,
      nobody: await freePort(),
      lockedRedis: lockedRedis.port,
    };
    const agent = await agentFile(folder.path, ECHO);
    const outcomeOf = async (start: FailingStart, how: typeof run | typeof runInProcess) => {
      const args = ['start', agent, '--port', '0', ...start.args(places)];
      outcomes.set(start, await how(args, folder.path));
    };
    await pooled(starts.filter(({ isSlow }) => isSlow).map((start) => () => outcomeOf(start, run)));
    for (const start of starts) if (!outcomes.has(start)) await outcomeOf(start, runInProcess);
  }, 120_000);
  afterAll(() => Promise.all(cleanUp.map((undo) => undo())));

  async function keep<T>(making: Promise<T>, undo: (made: T) => Promise<void>): Promise<T> {
    const made = await making;
    cleanUp.push(() => undo(made));
    return made;
  }

  it.each(starts)('$what', (start) => {
    const outcome = outcomes.get(start);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome?.stderr).toMatch(/^agent-sessions: [^\n]+\n$/);
    expect(outcome?.stderr).toMatch(start.says);
    expect(outcome?.stderr).not.toContain(SECRET);
    expect(outcome?.took).toBeLessThan(FAILURE_TIME);
  });
});

interface LockedRedis {
  port: number;
  stop(): Promise<void>;
}

/** A Redis with a random password. */
async function startLockedRedis(): Promise<LockedRedis> {
  const program = await findTool({ names: ['redis-server'], aptPackage: 'redis-server', hint: 'install it' });
  const port = await freePort();
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--requirepass', 'unknown'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  guardChild(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(() => output.includes('Ready to accept connections'), { what: 'Redis to start' });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  return {
    port,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}
