import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { BUILT } from '../../support/cli.js';
import type { ChildOutcome } from '../../support/child-outcome.js';
import { guardChild } from '../../support/guard.js';
import { bundled } from '../../support/programs.js';
import { runInProcess } from '../in-process.js';

export interface ClientRun {
  /** The whole of stdin; without it, stdin is empty. */
  input?: string;
  env?: Record<string, string>;
}

export interface ClientProcessRun extends ClientRun {
  /** Called when the program has begun, with what sends it a signal. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs `agent-sessions …args`, a client, to its end within this process. */
export async function runClient(args: string[], { input, env }: ClientRun = {}): Promise<ChildOutcome> {
  const { code, stdout, stderr } = await runInProcess(args, process.cwd(), env, input);
  return { code, stdout, stderr };
}

/** Runs it in a process of its own: for signals, and once for each kind of output and exit code. */
export async function runClientProcess(
  args: string[],
  { input = '', env = {}, onStart }: ClientProcessRun = {},
): Promise<ChildOutcome> {
  const child = spawn(process.execPath, [bundled(BUILT), ...args], {
    env: { ...process.env, ...env },
    timeout: 25_000,
  });
  guardChild(child);
  const outcome = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (outcome[name] += text));
  }
  // A client that does not read its input may end before it is written.
  child.stdin.on('error', () => undefined).end(input);
  const closed = once(child, 'close') as Promise<[number | null]>;
  await onStart?.((signal) => child.kill(signal));
  const [code] = await closed;
  return { code, ...outcome };
}
