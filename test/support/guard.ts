import { spawn, type ChildProcess } from 'node:child_process';

export interface Guarded {
  pid: number;
  /** The signal that ends the process; KILL by default. */
  signal?: 'KILL' | 'INT';
  /** Removed once the process has exited. */
  folder?: string;
}

/** `read` returns when the other end, held only by this process, is closed. */
const script = `
read -r _
kill -s "$1" "$2" 2>/dev/null
[ -n "$3" ] || exit 0
n=0
while [ "$n" -lt 100 ] && kill -0 "$2" 2>/dev/null; do sleep 0.1; n=$((n + 1)); done
rm -rf "$3"
`;

/**
 * Ends a process if this one ends first for any reason: Ctrl-C, a crash, `kill -9`. Returns a function that removes
 * the guard, to be called when the process has exited normally.
 */
export function guard({ pid, signal = 'KILL', folder = '' }: Guarded): () => void {
  const watcher = spawn('sh', ['-c', script, 'sh', signal, String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return () => {
    watcher.kill('SIGKILL');
  };
}

/** The same for a child, until it exits. */
export function guardChild(child: ChildProcess): void {
  if (child.pid === undefined) return;
  child.once('exit', guard({ pid: child.pid }));
}
