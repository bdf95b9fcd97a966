import { type ChildProcess, fork } from 'node:child_process';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DevStart } from './dev-server.js';

const PROGRAM = fileURLToPath(new URL('dev-server.js', import.meta.url));

/** This package's own modules, which are not watched. */
const OWN = dirname(dirname(dirname(PROGRAM))) + sep;

/** How long the server may take to requeue its turns and exit; then it is killed. */
const STOP_MS = 3_000;

/** Whether the processes of a group can be killed together. */
const HAS_GROUPS = process.platform !== 'win32';

/** What a server's process reports. */
export interface ServerListener {
  /** A file was loaded, or is missing. */
  onFile: (file: string) => void;
  onExit: () => void;
}

/** A server in a child process, which ends when this process ends, also after SIGKILL. */
export class ServerProcess {
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;

  constructor(start: DevStart, loader: string | undefined, { onFile, onExit }: ServerListener) {
    this.child = fork(PROGRAM, [], {
      execArgv: [...process.execArgv, ...(loader === undefined ? [] : ['--import', loader])],
      // Node then reports each module that it loads, as it does for `node --watch`.
      env: { ...process.env, WATCH_REPORT_DEPENDENCIES: '1' },
      // A process group of its own, so that Ctrl-C in a terminal reaches it as one signal: that of `stop`.
      detached: HAS_GROUPS,
      // By the last pipe the server detects that this process has exited: see `watchParent`.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    this.child.stdio[4]?.on('error', () => undefined);
    this.child.on('error', () => undefined);
    this.child.on('message', (message) => {
      for (const file of filesOf(message)) onFile(file);
    });
    this.exited = new Promise((resolve) => {
      this.child.once('exit', () => {
        // Also ends what the agent has started.
        this.kill();
        resolve();
        onExit();
      });
    });
    this.child.send(start);
  }

  /** Requeues the turns and ends the server. Never rejects. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.kill();
    }, STOP_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the server and the processes that it has started. */
  kill(): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(HAS_GROUPS ? -pid : pid, 'SIGKILL');
    } catch {
      // There are none.
    }
  }
}

/** The files of the project in a message of Node's about loaded modules. */
function filesOf(message: unknown): string[] {
  const { 'watch:import': urls = [], 'watch:require': paths = [] } = Object(message) as Partial<
    Record<string, (string | null)[]>
  >;
  return [...urls, ...paths]
    .filter((file) => file !== null)
    .filter((file) => file.startsWith('file:') || file.startsWith(sep) || /^[A-Za-z]:\\/.test(file))
    .map((file) =>
      file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file.replace(/\?.*$/, ''),
    )
    .filter((file) => !file.startsWith(OWN) && !file.includes(`${sep}node_modules${sep}`));
}
