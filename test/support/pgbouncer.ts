import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryFolder } from './folders.js';
import { guardChild } from './guard.js';
import { acceptsConnections, freePort } from './ports.js';
import { findTool } from './tools.js';
import { until } from './until.js';

/** A connection pooler in front of a PostgreSQL server. */
export class PgBouncer {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: { remove: () => Promise<void> },
  ) {}

  /** `poolMode` is PgBouncer's; versions before 1.21 lose prepared statements unless it is `session`. */
  static async start(target: string, poolMode: 'session' | 'transaction'): Promise<PgBouncer> {
    const program = await findTool({
      names: ['pgbouncer', '/usr/sbin/pgbouncer'],
      aptPackage: 'pgbouncer',
      hint: 'put it on the PATH',
    });
    const { hostname, port, username, password, pathname } = new URL(target);
    const database = pathname.slice(1);
    const own = await freePort();
    const folder = await temporaryFolder();
    // As root it wants to run as another user, who has to read its configuration.
    await chmod(folder.path, 0o755);
    const file = join(folder.path, 'pgbouncer.ini');
    await writeFile(
      file,
      `[databases]
${database} = host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
ignore_startup_parameters = extra_float_digits
`,
    );
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn(program, ['-q', ...user, file], { stdio: 'ignore' });
    guardChild(child);
    await until(() => acceptsConnections(own), { what: 'PgBouncer to listen' });
    const url = new URL(target);
    url.port = String(own);
    return new PgBouncer(url.href, child, folder);
  }

  async stop(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
    await this.folder.remove();
  }
}
