import type { Database, Options } from 'better-sqlite3';
import { realpathSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { DataSource } from 'typeorm';

import { ContainedLogger } from '../../logging/contained-logger.js';

/** A file that modules of this process use. */
interface UsedFile {
  modules: number;
  /** Undefined if another process has the lock. */
  lock?: Database | undefined;
}

/** On `globalThis`, because one process may load the package as ES modules and as CommonJS. */
const FILES = Symbol.for('nestjs-agent-sessions:sqlite-files');

/**
 * Logs a warning if another process uses the same SQLite file. A process holds a lock of the operating system on a
 * file beside it, which ends with the process, however that ends. The file itself cannot be locked, because other
 * programs may read it, for example a backup.
 */
export class SoleProcess {
  private readonly logger = new ContainedLogger(SoleProcess.name);
  private path: string | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** For the start: the host may connect later by itself, and is not checked then. */
  begin(): void {
    const { databaseConnection: connection } = this.dataSource.driver as { databaseConnection?: Database };
    if (!connection || connection.memory || connection.readonly || this.path !== undefined) return;
    this.path = realpathSync(connection.name);
    const file = usedFiles().get(this.path) ?? { modules: 0, lock: this.lock(this.path, connection) };
    file.modules++;
    usedFiles().set(this.path, file);
  }

  /** For the beginning of the stop, so that the next process may start meanwhile. */
  end(): void {
    const file = this.path === undefined ? undefined : usedFiles().get(this.path);
    if (this.path === undefined || !file) return;
    if (--file.modules === 0) {
      usedFiles().delete(this.path);
      unlock(file.lock);
    }
    this.path = undefined;
  }

  private lock(path: string, { constructor }: Database): Database | undefined {
    const Connection = constructor as new (path: string, options: Options) => Database;
    let lock: Database | undefined;
    try {
      lock = new Connection(`${path}-lock`, { timeout: 0 });
      // Without a journal beside it.
      lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock?.close();
      // Anything else, for example a folder without room, says nothing about other processes.
      if ((error as { code?: unknown }).code === 'SQLITE_BUSY') {
        this.logger.warn(
          `Another process uses ${basename(path)} as well (${path}), but only one process may use an SQLite file: ` +
            'messages may wait for seconds and long polls end late. Stop one of them, or use PostgreSQL and Redis',
        );
      }
      return undefined;
    }
  }
}

function usedFiles(): Map<string, UsedFile> {
  const shared = globalThis as { [FILES]?: Map<string, UsedFile> };
  return (shared[FILES] ??= new Map<string, UsedFile>());
}

function unlock(lock: Database | undefined): void {
  if (!lock) return;
  try {
    rmSync(lock.name, { force: true });
  } catch {
    // Windows does not remove open files.
  }
  lock.close();
}
