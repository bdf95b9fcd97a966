import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BUILT, type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';
import { agentFile, ECHO, run } from './command.js';
import { isAlive } from './isolated-turn.js';

const program = [bundled(BUILT), 'dev'];

/** With syntax that Node's own removal of types does not have, and an import of a file by its compiled name. */
const AGENT = `
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { version } from './lib.js';

enum Kind { Slow = 'slow', Spawns = 'spawns', Blocks = 'blocks' }

export default async (turn: { message: { content: string }; attempt: number; signal: AbortSignal }): Promise<string> => {
  const { message, attempt, signal } = turn;
  if (message.content === Kind.Slow && attempt === 1) await delay(60_000, undefined, { signal });
  if (message.content === Kind.Spawns) return String(spawn('sleep', ['60']).pid);
  if (message.content === Kind.Blocks) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return \`\${version} of process \${process.pid}, attempt \${attempt}\`;
};`;

describe('agent-sessions dev', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let client: SessionsClient;
  const lib = (source: string) => writeFile(join(folder.path, 'lib.ts'), source);
  const version = (text: string) => lib(`export const version: string = '${text}';`);
  const start = async () => {
    server = await startServer(['agent.ts', '--log-level', 'info'], { cwd: folder.path, program });
    client = new SessionsClient(server.url);
  };
  const says = async (content: string) => {
    const { response } = await client.ask(await client.newSession(), content);
    return response?.content ?? '';
  };
  /** Waits for the output after a point. */
  const prints = (text: RegExp, from = 0) =>
    until(() => text.test((server.stdout() + server.stderr()).slice(from)), { what: String(text) });
  const serverPid = async () => Number(/process (\d+)/.exec(await says('hello'))?.[1]);
  const isUp = () =>
    until(
      async () => {
        try {
          return (await client.request('GET', '/health')).status === 200;
        } catch {
          return false;
        }
      },
      { what: 'the server', timeoutMs: 15_000 },
    );

  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, JSON.stringify({ type: 'module' }), 'package.json');
    await agentFile(folder.path, AGENT, 'agent.ts');
    await version('one');
    await start();
  });
  afterAll(async () => {
    await server.kill();
    await folder.remove();
  });

  it('serves an agent in TypeScript, and allows pages of this machine', async () => {
    expect(await says('hello')).toMatch(/^one of process \d+, attempt 1$/);
    const allowed = async (origin: string) =>
      (await fetch(`${server.url}/sessions`, { headers: { Origin: origin } })).headers.get(
        'access-control-allow-origin',
      );
    for (const origin of ['http://localhost:5173', 'https://127.0.0.1', 'http://[::1]:3000']) {
      expect(await allowed(origin)).toBe(origin);
    }
    for (const origin of ['https://example.com', 'http://localhost.example.com', 'http://evil-localhost']) {
      expect(await allowed(origin)).toBeNull();
    }
  });

  it('restarts when an imported file changes, and its turns run again at once', async () => {
    const before = await serverPid();
    const id = await client.newSession();
    await client.send(id, 'slow');
    await version('two');
    await prints(/lib\.ts has changed: restarting/);
    await until(() => !isAlive(before), { what: 'the first server to end' });
    await isUp();
    const { response } = await client.settled(id);
    expect(response?.content).toMatch(/^two of process \d+, attempt 2$/);
    expect(response?.content).not.toContain(`process ${before},`);
  });

  it('reports a broken file, with its place, and waits for the next change', async () => {
    await lib('export const version = {;');
    await prints(/agent\.ts cannot be loaded: SyntaxError: .* \(at lib\.ts:1:25\)\n/);
    await prints(/The server has ended; it starts again when a file changes/);
    await lib("import { version } from './missing.js';\nexport { version };");
    await prints(/cannot be loaded: .*missing\.js/);
    await writeFile(join(folder.path, 'missing.ts'), "export const version = 'three';");
    await isUp();
    expect(await says('hello')).toMatch(/^three of process/);
  });

  it('restarts even if the agent blocks the process', async () => {
    const before = await serverPid();
    const id = await client.newSession();
    await client.send(id, 'blocks');
    await version('four');
    await until(() => !isAlive(before), { what: 'the blocked server to end', timeoutMs: 10_000 });
    await isUp();
    // Otherwise it would run again.
    await client.delete(id);
    expect(await says('hello')).toMatch(/^four of process/);
  });

  describe('at its end', () => {
    beforeEach(async () => {
      if (server.process.exitCode !== null || server.process.signalCode !== null) await start();
    });

    it.each(['SIGINT', 'SIGTERM'] as const)(
      'by %s leaves no child and no process of the agent, at once',
      async (signal) => {
        const pids = [await serverPid(), Number(await says('spawns'))];
        await client.send(await client.newSession(), 'slow');
        const asked = performance.now();
        expect(await server.stop(signal)).toBe(0);
        expect(performance.now() - asked).toBeLessThan(2_500);
        await until(() => !pids.some(isAlive), { what: 'the processes to end' });
      },
    );

    it('by SIGKILL leaves no server', async () => {
      const pid = await serverPid();
      await server.kill();
      await until(() => !isAlive(pid), { what: 'the server to end' });
    });
  });
});

describe('agent-sessions dev without tsx', () => {
  let folder: TemporaryFolder;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const without = await readFile(join(import.meta.dirname, '../package/without.cjs'), 'utf8');
    await agentFile(folder.path, without, 'without.cjs');
    env = { WITHOUT: 'tsx', NODE_OPTIONS: `--require=${join(folder.path, 'without.cjs')}` };
  });
  afterAll(() => folder.remove());

  it('names the command that installs it for an agent in TypeScript', async () => {
    await agentFile(folder.path, ECHO, 'agent.ts');
    expect(await run(['dev', 'agent.ts'], folder.path, env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'agent-sessions: The agent file agent.ts is TypeScript, which needs tsx: run npm install --save-dev tsx\n',
    });
  });

  it('serves an agent in JavaScript', async () => {
    await agentFile(folder.path, ECHO);
    const server = await startServer(['agent.mjs'], { cwd: folder.path, env, program });
    try {
      const client = new SessionsClient(server.url);
      expect(await client.ask(await client.newSession(), 'hi')).toMatchObject({ status: 'idle' });
    } finally {
      expect(await server.stop('SIGINT')).toBe(0);
    }
  });
});
