import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';

import { BUILT } from '../support/cli.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { guardChild } from '../support/guard.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';
import { agentFile, BlackHole, ECHO, FAILURE_TIME, run } from './command.js';

const main = bundled(BUILT);

/** The number of the command line's advisory lock for migrations. */
const MIGRATION_LOCK = 7_170_281_936;

/** The time limit for the exit of a start, in ms. */
const SOON_MS = 1_000;

/** Logs that it is loading, and never finishes. */
const LOADING = `
process.stdout.write('loading');
setInterval(() => undefined, 1_000);
await new Promise(() => undefined);
export default () => '';`;

describe('a start that is interrupted', () => {
  let folder: TemporaryFolder;
  let database: TestDatabase;
  let other: DataSource;
  let locker: QueryRunner;
  let silent: BlackHole;
  let child: ChildProcess;
  let output = '';

  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, LOADING, 'loading.mjs');
    await agentFile(folder.path, ECHO, 'echo.mjs');
    silent = await BlackHole.open();
    database = await createTestDatabase();
    other = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    // The query runner keeps its connection, and so the lock.
    locker = other.createQueryRunner();
    await locker.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  });
  afterEach(() => {
    child.kill('SIGKILL');
  });
  afterAll(async () => {
    await locker.release();
    await other.destroy();
    await Promise.all([database.drop(), silent.close(), folder.remove()]);
  });

  function start(program: string, ...args: string[]): void {
    output = '';
    child = spawn(program, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
    guardChild(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
  }

  const startServer = (...args: string[]) => {
    start(process.execPath, main, 'start', '--port', '0', ...args);
  };

  async function expectEndOfStart(program: string, delayMs: number): Promise<void> {
    start(process.execPath, program, 'start', '--port', '0', 'echo.mjs', '--log-level', 'fatal');
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    await sleep(delayMs);
    const asked = performance.now();
    child.kill();
    const [code, signal] = await ended;
    expect(performance.now() - asked).toBeLessThan(2 * SOON_MS);
    // Ended by the signal itself only before Node runs the first line; 0 once the server had started.
    expect([143, 0, 'SIGTERM']).toContain(code ?? signal);
    expect(output).toBe('');
  }

  async function expectEnd(code: number, kill: () => unknown): Promise<void> {
    const ended = once(child, 'exit');
    const asked = performance.now();
    kill();
    expect(await ended).toEqual([code, null]);
    expect(performance.now() - asked).toBeLessThan(SOON_MS);
    expect(output.replace('loading', '')).toBe('');
  }

  it.each([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGINT', code: 130 },
  ] as const)('by $signal exits with $code while the agent’s file is loading', async ({ signal, code }) => {
    startServer('loading.mjs');
    await until(() => output === 'loading', { what: 'the file to be loaded' });
    await expectEnd(code, () => child.kill(signal));
  });

  it('exits while it waits for the migrations of another process', async () => {
    startServer('echo.mjs', '--database', database.url);
    await until(
      async () => {
        const rows = await other.query<unknown[]>(
          `SELECT FROM pg_stat_activity WHERE application_name = 'agent-sessions' AND query LIKE '%pg_try_advisory%'`,
        );
        return rows.length > 0;
      },
      { what: 'the server to ask for the lock' },
    );
    await expectEnd(143, () => child.kill());
  });

  it('exits while it waits for Redis', async () => {
    const connected = once(silent, 'connection');
    startServer('echo.mjs', '--redis', `redis://127.0.0.1:${silent.port}`);
    await connected;
    await expectEnd(143, () => child.kill());
  });

  it('exits as process 1 of a container, too', async () => {
    // Without root a user namespace is created first, in which the process is root.
    const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const options = [...asRoot, '--pid', '--fork', '--kill-child'];
    start('unshare', ...options, process.execPath, main, 'start', '--port', '0', 'loading.mjs');
    await until(() => output === 'loading', { what: 'the file to be loaded' });
    const parent = child.pid ?? 0;
    const first = Number(await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8'));
    await expectEnd(143, () => process.kill(first, 'SIGTERM'));
  });

  it('exits before anything else is loaded, because signal handlers come first', async () => {
    const source = await readFile(BUILT, 'utf8');
    const imports = [...source.matchAll(/^import .*$/gm)].map(([line]) => line);
    expect(imports).toEqual([`import { handleSignals } from './signals.js';`]);
    expect(await readFile(join(BUILT, '../signals.js'), 'utf8')).not.toMatch(/^import /m);
    expect(source.indexOf('handleSignals();')).toBeLessThan(source.indexOf('await import('));
  });

  it('exits at any moment of the start', async () => {
    for (const delayMs of [100, 250, 400]) await expectEndOfStart(main, delayMs);
    // Node loads the modules of the build most of this time.
    for (const delayMs of [200, 500]) await expectEndOfStart(BUILT, delayMs);
  }, 30_000);

  it('gives up by itself if another process does not finish its migrations', async () => {
    const outcome = await run(['start', 'echo.mjs', '--port', '0', '--database', database.url], folder.path);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^agent-sessions: The database .*another process is migrating it[^\n]+\n$/,
    );
    expect(outcome.took).toBeLessThan(FAILURE_TIME);
  }, 30_000);
});
