import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { guardChild } from '../support/guard.js';

const execute = promisify(execFile);

/**
 * Runs a program, installed in the folder or on the PATH, until it exits. Returns its stdout; rejects with all output
 * if it fails.
 */
export async function run(command: string, args: string[], cwd: string): Promise<string> {
  const PATH = [join(cwd, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const running = execute(command, args, { cwd, env: { ...process.env, PATH }, maxBuffer: 2 ** 24 });
  guardChild(running.child);
  try {
    return (await running).stdout;
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause });
  }
}
