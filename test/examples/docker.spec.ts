import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from '../package/tarball.js';
import { BUILT } from '../support/cli.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { guardChild } from '../support/guard.js';
import { freePort } from '../support/ports.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';
import { redisUrl } from '../support/urls.js';

const execute = promisify(execFile);
const EXAMPLE = join(ROOT, 'examples/docker');

interface Manifest {
  name: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}
const manifest = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The Dockerfile's instructions in order. */
const instructions = (await readFile(join(EXAMPLE, 'Dockerfile'), 'utf8'))
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter(Boolean)
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', text: line.slice(line.indexOf(' ') + 1) }));

const last = (name: string) => instructions.findLast((instruction) => instruction.name === name)?.text ?? '';

/** Runs the instructions, with a folder for each stage, as Docker would do in `/app`. */
async function build(context: string, folder: string): Promise<string> {
  const stages = new Map<string, string>();
  let stage = '';
  for (const { name, text } of instructions) {
    if (name === 'FROM') {
      const [, , alias = 'final'] = text.split(' ');
      stages.set(alias, (stage = join(folder, alias)));
      await mkdir(stage);
    } else if (name === 'COPY') {
      const words = text.split(' ').filter((word) => !word.startsWith('--'));
      const from = /--from=(\S+)/.exec(text)?.[1];
      const inStage = (path: string) => join(stages.get(from ?? '') ?? '', path.replace(/^\/app\//, ''));
      const target = words.pop() ?? '';
      for (const word of words) {
        const source = from ? inStage(word) : join(context, word);
        const to = target.endsWith('/')
          ? join(stage, target, word.split('/').at(-1) ?? '')
          : join(stage, target);
        await cp(source, to, { recursive: true, verbatimSymlinks: true });
      }
    } else if (name === 'RUN') {
      if (text === 'npm ci') await install(stage);
      else if (text.includes('tsc'))
        await execute('sh', ['-c', text.replace(/^npx /, 'node_modules/.bin/')], { cwd: stage });
      else expect(text).toBe('npm prune --omit=dev');
    }
  }
  return stage;
}

/** Stands for `npm ci`, without a registry: the packages of the manifest, linked from this repository. */
async function install(folder: string): Promise<void> {
  const { name: own } = await manifest(ROOT);
  const { dependencies } = await manifest(folder);
  const packages = Object.keys(dependencies).map((name) => [name, join(ROOT, 'node_modules', name)] as const);
  const sources = new Map([
    ...packages,
    [own, ROOT],
    ['typescript', join(ROOT, 'node_modules/typescript-native')],
  ]);
  for (const [name, source] of sources) {
    const link = join(folder, 'node_modules', name);
    await mkdir(join(link, '..'), { recursive: true });
    await symlink(source, link);
  }
  await mkdir(join(folder, 'node_modules/.bin'));
  await symlink(bundled(BUILT), join(folder, 'node_modules/.bin/agent-sessions'));
  await symlink('../typescript/bin/tsc', join(folder, 'node_modules/.bin/tsc'));
}

describe('the example of a Dockerfile', () => {
  let folder: TemporaryFolder;
  let database: TestDatabase;
  let image: string;
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    [folder, database] = await Promise.all([temporaryFolder(), createTestDatabase()]);
    const context = join(folder.path, 'context');
    await cp(EXAMPLE, context, { recursive: true });
    await writeFile(join(context, 'package-lock.json'), '{}');
    image = await build(context, folder.path);
  }, 60_000);
  afterAll(async () => {
    server?.kill('SIGKILL');
    await database.drop();
    await folder.remove();
  });

  it('installs what the package wants, in its versions', async () => {
    const { peerDependencies } = await manifest(ROOT);
    const { dependencies } = await manifest(EXAMPLE);
    const { 'nestjs-agent-sessions': own, ...others } = dependencies;
    expect(own).toBeDefined();
    for (const [name, range] of Object.entries(others)) {
      expect(peerDependencies[name]?.split(' || ')).toContain(range);
    }
  });

  it('runs as a user without rights', () => {
    expect(last('USER')).toBe('node');
    expect(instructions.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(
      instructions.findLastIndex(({ name }) => name === 'COPY' || name === 'RUN'),
    );
  });

  it('serves the agent, is healthy, and ends on SIGTERM', async () => {
    const port = await freePort();
    // Containers have ports of their own.
    const [program = '', ...args] = (JSON.parse(last('CMD')) as string[]).map((part) =>
      part.replace('--host 0.0.0.0', `--host 0.0.0.0 --port ${port}`),
    );
    const env = { ...process.env, DATABASE_URL: database.url, REDIS_URL: redisUrl() };
    server = spawn(program, args, {
      cwd: image,
      env: { ...env, AGENT_SESSIONS_API_KEY: 'secret' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    guardChild(server);
    const [, check = ''] = /CMD (.*)$/.exec(last('HEALTHCHECK')) ?? [];
    const isHealthy = () =>
      execute('sh', ['-c', check.replace('8000', String(port))]).then(
        () => true,
        () => false,
      );
    expect(await isHealthy()).toBe(false);
    await until(isHealthy, { what: 'the server to be healthy', timeoutMs: 20_000 });
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  }, 60_000);
});
