import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { SessionsModuleOptions, SessionsSettings } from '../../src/index.js';

const BULL = ['@nestjs/bull', 'bull'];
const HTTP = ['@nestjs/swagger', 'class-transformer'];
const OTHERS = ['@nestjs/event-emitter', '@nestjs/terminus', '@opentelemetry/api'];

const WORKS = { answer: 'You said: hello', health: 'up', events: [] };

interface Host {
  /** The packages that it lacks. */
  without: string[];
  options?: Partial<SessionsModuleOptions>;
  /** If they are given, they come from a factory. */
  settings?: SessionsSettings;
}

/**
 * The output of each host, which is the same on both formats of the package. All share a process, because most of
 * the time Node loads Nest and TypeORM.
 */
async function runHosts(hosts: Host[]): Promise<unknown[]> {
  const program = ['--no-warnings', join(import.meta.dirname, 'optional-peers.mjs'), JSON.stringify(hosts)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { timeout: 60_000 });
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

  describe('starts', () => {
    let outcomes: unknown[];
    beforeAll(async () => {
      outcomes = await runHosts([
        { without: [...BULL, ...HTTP, ...OTHERS], options: { queue, http: false } },
        { without: [...BULL, ...OTHERS], settings: { queue } },
        { without: [], options: { queue } },
      ]);
    }, 60_000);

    it('with an in-process queue and http: false, without Bull and the packages for HTTP', () => {
      expect(outcomes[0]).toEqual(WORKS);
    });

    it('with an in-process queue from a factory, without Bull', () => {
      expect(outcomes[1]).toEqual(WORKS);
    });

    it('with an event emitter, which receives lifecycle events', () => {
      expect(outcomes[2]).toEqual({
        ...WORKS,
        events: [
          'agent-sessions.session.created',
          'agent-sessions.turn.accepted',
          'agent-sessions.turn.started',
          'agent-sessions.turn.completed',
        ],
      });
    });
  });

  describe('fails with the names of the missing packages', () => {
    let outcomes: unknown[];
    beforeAll(async () => {
      const bull = { queue: 'bull' as const };
      outcomes = await runHosts([
        { without: BULL, options: bull },
        { without: BULL, options: {} },
        { without: BULL, settings: bull },
        ...HTTP.map((name) => ({ without: [name], options: { queue } as const })),
      ]);
    }, 60_000);

    it('if the queue is "bull", known at once, by default, or given by a factory', () => {
      const failure = {
        name: 'SessionsOptionsError',
        message:
          'SessionsModule option "queue" is "bull", which needs two packages: npm install @nestjs/bull bull',
        option: 'queue',
      };
      expect(outcomes.slice(0, 3)).toEqual([failure, failure, failure]);
    });

    it('if there are routes', () => {
      expect(outcomes.slice(3)).toEqual(
        HTTP.map((name) => ({
          name: 'SessionsOptionsError',
          message: `SessionsModule option "http" is not false, and routes need a package: npm install ${name}`,
          option: 'http',
        })),
      );
    });
  });
});
