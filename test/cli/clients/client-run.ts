import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { BUILT } from '../../support/cli.js';
import type { ChildOutcome } from '../../support/child-outcome.js';
import { guardChild } from '../../support/guard.js';
import { bundled } from '../../support/programs.js';

export interface ClientRun {
  /** The whole of stdin; without it, stdin is empty. */
  input?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with all of stdout and stderr so far, and the process, whenever there is more. */
  onOutput?: (output: string, child: { kill: (signal: NodeJS.Signals) => void }) => void;
}

/** Runs `agent-sessions …args`, a client, to its end. */
export async function runClient(
  args: string[],
  { input = '', env = {}, onOutput }: ClientRun = {},
): Promise<ChildOutcome> {
  const child = spawn(process.execPath, [bundled(BUILT), ...args], {
    env: { ...process.env, ...env },
    timeout: 25_000,
  });
  guardChild(child);
  const outcome = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      outcome[name] += text;
      onOutput?.(outcome.stdout + outcome.stderr, { kill: (signal) => child.kill(signal) });
    });
  }
  // A client that does not read its input may end before it is written.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...outcome };
}
