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
  without: string[];
  options?: Partial<SessionsModuleOptions>;
  /** If they are given, they come from a factory. */
  settings?: SessionsSettings;
}

/** The output of the host on one build of the package, without some packages. */
async function runHost(half: string, { without, options = {}, settings }: Host): Promise<unknown> {
  const program = [
    '--no-warnings',
    '--require',
    join(folder, 'without.cjs'),
    join(folder, 'optional-peers.mjs'),
    half,
    JSON.stringify({ options, settings }),
  ];
  const env = { ...process.env, WITHOUT: without.join(',') };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { env, timeout: 60_000 });
  const said = JSON.parse(stdout) as object;
  // What keeps a host from starting is also logged by Nest.
  if (!('message' in said)) expect(stderr).toBe('');
  return said;
}

describe.each(['esm', 'cjs'])('a host that uses the %s build', (half) => {
  const queue = 'in-process';

  it('with an in-process queue and http: false needs neither Bull nor the packages for HTTP', async () => {
    const without = [...BULL, ...HTTP, ...OTHERS];
    expect(await runHost(half, { without, options: { queue, http: false } })).toEqual(WORKS);
  });

  it('with an in-process queue from a factory needs no Bull', async () => {
    expect(await runHost(half, { without: [...BULL, ...OTHERS], settings: { queue } })).toEqual(WORKS);
  });

  it.each([
    { what: 'known at once', options: { queue: 'bull' as const } },
    { what: 'the default', options: {} },
    { what: 'given by a factory', settings: { queue: 'bull' as const } },
  ])(
    'with the queue "bull", $what, fails with the names of the missing packages',
    async ({ options, settings }) => {
      expect(await runHost(half, { without: BULL, options, settings })).toEqual({
        name: 'SessionsOptionsError',
        message:
          'SessionsModule option "queue" is "bull", which needs two packages: npm install @nestjs/bull bull',
        option: 'queue',
      });
    },
  );

  it.each(HTTP)('with routes and without %s fails with its name', async (name) => {
    expect(await runHost(half, { without: [name], options: { queue } })).toEqual({
      name: 'SessionsOptionsError',
      message: `SessionsModule option "http" is not false, and routes need a package: npm install ${name}`,
      option: 'http',
    });
  });

  it('receives lifecycle events if it has an event emitter', async () => {
    expect(await runHost(half, { without: [], options: { queue } })).toEqual({
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
