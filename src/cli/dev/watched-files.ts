import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/** How long a file must be unchanged before a change is reported, because editors write in several steps. */
const QUIET_MS = 100;

/** Files whose creation may repair a failed start. Others may be written by the agent, which would restart for ever. */
const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * Watches files by their folders, so that a file that an editor replaces, or that does not exist yet, is watched as
 * well. A change that leaves a file as it was is ignored.
 */
export class WatchedFiles {
  /** The watched files with what is known of their contents. */
  private readonly states = new Map<string, string>();
  private readonly folders = new Map<string, FSWatcher>();
  private readonly touched = new Set<string>();
  /** Changed source files in the folders that are not watched. */
  private readonly others = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private watchesAll = false;

  constructor(private readonly onChange: (file: string) => void) {}

  add(file: string): void {
    if (this.states.has(file)) return;
    this.states.set(file, stateOf(file));
    const folder = dirname(file);
    if (this.folders.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        this.touch(name === null ? file : join(folder, name));
      });
      watcher.on('error', () => undefined);
      this.folders.set(folder, watcher);
    } catch {
      // The folder does not exist.
    }
  }

  /** From now on only changes of watched files count. */
  watchKnown(): void {
    this.watchesAll = false;
    this.others.clear();
  }

  /** From now on, and since the last `watchKnown`, a change of any source file in the folders counts. */
  watchAll(): void {
    this.watchesAll = true;
    for (const file of this.others) this.touch(file);
    this.others.clear();
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.folders.values()) watcher.close();
  }

  private touch(file: string): void {
    if (!this.states.has(file)) {
      if (!SOURCE.test(file)) return;
      if (!this.watchesAll) {
        this.others.add(file);
        return;
      }
    }
    this.touched.add(file);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.report();
    }, QUIET_MS);
  }

  private report(): void {
    const changed = [...this.touched].filter((file) => {
      const before = this.states.get(file);
      const now = stateOf(file);
      if (before !== undefined) this.states.set(file, now);
      return now !== before;
    });
    this.touched.clear();
    if (changed[0] !== undefined) this.onChange(changed[0]);
  }
}

function stateOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
