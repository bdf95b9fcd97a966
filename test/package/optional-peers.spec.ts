import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { SessionsModuleOptions, SessionsSettings } from '../../src/index.js';

const folder = import.meta.dirname;
const BULL = ['@nestjs/bull', 'bull'];
const HTTP = ['@nestjs/swagger', 'class-transformer'];
const OTHERS = ['@nestjs/event-emitter', '@nestjs/terminus', '@opentelemetry/api'];

const WORKS = { answer: 'You said: hello', health: 'up', events: [] };

interface Host {
  options?: Partial<SessionsModuleOptions>;
  /** If they are given, they come from a factory. */
  settings?: SessionsSettings;
}

/**
 * The output of each host without some packages, which is the same on both builds of the package. All share a process,
 * because most of the time Node loads Nest and TypeORM.
 */
async function runHosts(without: string[], ...hosts: Host[]): Promise<unknown[]> {
  const program = [
    '--no-warnings',
    '--require',
    join(folder, 'without.cjs'),
    join(folder, 'optional-peers.mjs'),
    JSON.stringify(hosts),
  ];
  const env = { ...process.env, WITHOUT: without.join(',') };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { env, timeout: 60_000 });
  const lines = stdout.split('\n');
  // TypeORM's module warns that the hosts of one process have a data source of the same name.
  expect(lines.slice(0, -1).filter((line) => !line.includes('must be registered with unique names'))).toEqual(
    [],
  );
  const said = JSON.parse(lines.at(-1) ?? '') as object[];
  // What keeps a host from starting is also logged by Nest.
  if (!said.some((one) => 'message' in one)) expect(stderr).toBe('');
  const [esm, cjs] = [said.slice(0, hosts.length), said.slice(hosts.length)];
  expect(cjs).toEqual(esm);
  return esm;
}

describe('a host that uses the ES modules or the CommonJS build', () => {
  const queue = 'in-process';

  it('with an in-process queue and http: false needs neither Bull nor the packages for HTTP', async () => {
    const without = [...BULL, ...HTTP, ...OTHERS];
    expect(await runHosts(without, { options: { queue, http: false } })).toEqual([WORKS]);
  });

  it('with an in-process queue from a factory needs no Bull', async () => {
    expect(await runHosts([...BULL, ...OTHERS], { settings: { queue } })).toEqual([WORKS]);
  });

  it('with the queue "bull" fails with the names of the missing packages, known at once, by default, or given by a factory', async () => {
    const bull = { queue: 'bull' as const };
    const hosts = [{ options: bull }, { options: {} }, { settings: bull }];
    expect(await runHosts(BULL, ...hosts)).toEqual(
      hosts.map(() => ({
        name: 'SessionsOptionsError',
        message:
          'SessionsModule option "queue" is "bull", which needs two packages: npm install @nestjs/bull bull',
        option: 'queue',
      })),
    );
  });

  it.each(HTTP)('with routes and without %s fails with its name', async (name) => {
    expect(await runHosts([name], { options: { queue } })).toEqual([
      {
        name: 'SessionsOptionsError',
        message: `SessionsModule option "http" is not false, and routes need a package: npm install ${name}`,
        option: 'http',
      },
    ]);
  });

  it('receives lifecycle events if it has an event emitter', async () => {
    expect(await runHosts([], { options: { queue } })).toEqual([
      {
        ...WORKS,
        events: [
          'agent-sessions.session.created',
          'agent-sessions.turn.accepted',
          'agent-sessions.turn.started',
          'agent-sessions.turn.completed',
        ],
      },
    ]);
  });
});
