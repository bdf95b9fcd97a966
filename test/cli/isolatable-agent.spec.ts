import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { outcomeOf } from '../support/child-outcome.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { guard, guardChild } from '../support/guard.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';
import { agentFile } from './command.js';

const PARENT = bundled(join(import.meta.dirname, 'isolating-parent.mjs'));
const TYPESCRIPT = pathToFileURL(join(import.meta.dirname, '../support/typescript.mjs')).href;

/** Agents of every form that answer with their process id. */
const AGENTS = {
  'function.mjs': 'export default () => `pid ${process.pid}`;',
  'object.mjs': `
    class Agent { #pid = process.pid; runTurn() { return \`pid \${this.#pid}\`; } }
    export default new Agent();`,
  'class.mjs': `
    export default class Agent { #pid; constructor() { this.#pid = process.pid; } runTurn() { return \`pid \${this.#pid}\`; } }`,
  'common.cjs': 'module.exports = { runTurn: async () => `pid ${process.pid}` };',
};

/** Another, which its process cannot load by itself. */
const TYPED = 'typed.ts';
const TYPED_AGENT = `
import { pid } from 'node:process';
export default (turn: { attempt: number }): string => \`pid \${pid satisfies number}\`;`;

/** Nest's metadata of a parameter with \`@Inject('greeting')\`. */
const INJECTED = `
class Agent { constructor(greeting) { this.greeting = greeting; } runTurn() { return this.greeting; } }
Reflect.defineMetadata('design:paramtypes', [String], Agent);
Reflect.defineMetadata('self:paramtypes', [{ index: 0, param: 'greeting' }], Agent);
export default Agent;`;

/** Writes its process id and never ends: either waiting or blocking the event loop. */
const ENDLESS = `
import { writeFileSync } from 'node:fs';
export default ({ message }) => {
  writeFileSync('pid', String(process.pid));
  if (message.content === 'blocks') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return new Promise(() => {});
};`;

describe("the command line's agent", () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const [name, source] of Object.entries(AGENTS)) await agentFile(folder.path, source, name);
    await agentFile(folder.path, TYPED_AGENT, TYPED);
    await agentFile(folder.path, INJECTED, 'injected.mjs');
    await agentFile(folder.path, ENDLESS, 'endless.mjs');
  });
  afterAll(() => folder.remove());

  const start = (message: string, ...files: string[]) => {
    const loader = files.some((file) => file.endsWith('.ts')) ? ['--import', TYPESCRIPT] : [];
    const child = spawn(process.execPath, [...loader, PARENT, message, ...files], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    guardChild(child);
    return child;
  };
  const answersOf = async (...files: string[]) => {
    const { stdout, stderr } = await outcomeOf(start('', ...files));
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { pid: number; isolated: string | null; inProcess: string }[];
  };

  it('runs in a child process if asked to, and in process otherwise, in every form', async () => {
    const files = Object.keys(AGENTS);
    const all = (await Promise.all([answersOf(...files), answersOf(TYPED)])).flat();
    expect(all).toHaveLength(files.length + 1);
    for (const [index, { pid, isolated, inProcess }] of all.entries()) {
      const form = [...files, TYPED][index];
      expect([form, inProcess]).toEqual([form, `pid ${pid}`]);
      expect([form, isolated]).toEqual([form, expect.stringMatching(/^pid \d+$/)]);
      expect([form, isolated]).not.toEqual([form, `pid ${pid}`]);
    }
  });

  it('runs only in process if another process could not create it', async () => {
    expect(await answersOf('injected.mjs')).toMatchObject([{ isolated: null, inProcess: 'injected' }]);
  });

  it.each(['waits', 'blocks'])(
    'leaves no child process when its own process is killed while it %s',
    async (how) => {
      const pidFile = join(folder.path, 'pid');
      const before = await readFile(pidFile, 'utf8').catch(() => '');
      const parent = start(how, 'endless.mjs');
      const pid = await until(
        async () => {
          const text = await readFile(pidFile, 'utf8').catch(() => '');
          return text !== before && Number(text);
        },
        { what: 'the agent to begin' },
      );
      const lift = guard({ pid });
      parent.kill('SIGKILL');
      // The child has the same output stream, which closes once both processes have exited.
      await outcomeOf(parent);
      lift();
    },
  );
});
