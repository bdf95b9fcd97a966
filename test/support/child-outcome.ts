import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** How a process ended and what it wrote. */
export interface ChildOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Waits for a process to end. */
export async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ChildOutcome> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
