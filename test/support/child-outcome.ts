import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A process's exit and its output. */
export interface ChildOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Waits for a process to exit. */
export async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ChildOutcome> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
