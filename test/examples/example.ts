import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { outcomeOf } from '../support/child-outcome.js';
import { type Server, startServer } from '../support/cli.js';
import { guardChild } from '../support/guard.js';
import { freePort } from '../support/ports.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';

const root = join(import.meta.dirname, '../..');

/** An example, run with the commands of its section in examples/README.md. */
export class Example {
  private constructor(private readonly commands: string[]) {}

  static async read(name: string): Promise<Example> {
    const readme = await readFile(join(root, 'examples/README.md'), 'utf8');
    const section = readme.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? '';
    const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
    return new Example(blocks.flatMap((block) => block.trim().split('\n')));
  }

  /** Runs the command that contains `part` in the repository until it exits; returns its stdout. */
  async run(part: string, { env, edit }: RunOptions = {}): Promise<string> {
    const command = this.command(part);
    const child = spawn(installed(edit ? edit(command) : command), {
      cwd: root,
      env: { ...process.env, ...env },
      shell: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    guardChild(child);
    const { code, stdout, stderr } = await outcomeOf(child);
    if (code !== 0) throw new Error(`"${command}" ended with ${String(code)}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** Starts the server of a command, on a free port and with a folder for its files. */
  async serve(part: string, { cwd, env }: ServeOptions): Promise<Server> {
    const port = await freePort();
    return startServer([], { cwd, port, program: this.program(part), env: { ...env, PORT: String(port) } });
  }

  /** Starts a process without a port, and waits for its output when it is ready. */
  async launch(part: string, { cwd, env, ready }: ServeOptions & { ready: string }): Promise<Launched> {
    const child = spawn(process.execPath, this.program(part), {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    guardChild(child);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await until(() => stdout.includes(ready), { what: `"${ready}" from ${part}`, timeoutMs: 25_000 });
    return { child, stdout: () => stdout };
  }

  private command(part: string): string {
    const [command, ...others] = this.commands.filter((line) => line.includes(part));
    if (command && others.length === 0) return command;
    throw new Error(`Not one command with "${part}" among ${JSON.stringify(this.commands)}`);
  }

  /** Node's arguments, with absolute paths for files of the repository, and the command line's bundle. */
  private program(part: string): string[] {
    const [node, ...program] = this.command(part).split(' ');
    if (node !== 'node') throw new Error(`"${this.command(part)}" does not start Node`);
    return program.map((argument) => {
      const file = join(root, argument);
      return existsSync(file) ? bundled(file) : argument;
    });
  }
}

/** What npx runs here, but npx takes half a second of processor time; and TypeScript's compiler that is fastest. */
function installed(command: string): string {
  return command
    .replace(/^npx tsc /, 'node node_modules/typescript-native/bin/tsc ')
    .replace(/^npx /, 'node_modules/.bin/');
}

interface Launched {
  child: ChildProcess;
  /** Its output so far. */
  stdout(): string;
}

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  /** Edits the command as a reader would. */
  edit?: (command: string) => string;
}

interface ServeOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
}
