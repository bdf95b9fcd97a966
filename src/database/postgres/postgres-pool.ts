import type { Client, Pool } from 'pg';
import type { DataSource } from 'typeorm';

const watched = new WeakSet<object>();

/** The driver's pool of connections to the primary server. */
export function poolOf(dataSource: DataSource): Pool {
  const { master } = driverOf(dataSource);
  if (!watched.has(master)) watch(master);
  return master;
}

/**
 * Keeps a broken connection from crashing the process. A client without an `error` listener throws; pg-pool has one
 * while the client is idle, and TypeORM adds one once it has the client, but in between there is none.
 */
function watch(pool: Pool): void {
  watched.add(pool);
  const listen = (client: object) => {
    if (watched.has(client)) return;
    watched.add(client);
    // The error also fails the statement in progress, where it is handled.
    (client as Client).on('error', () => undefined);
  };
  pool.on('connect', listen);
  // Connections that the pool has created before.
  pool.on('acquire', listen);
}

/**
 * Aborts connections that are being established. pg waits without a limit for a server that accepts a connection and
 * then stays silent, and each such connection occupies a slot of the pool.
 */
export function cutConnecting(pool: Pool): void {
  for (const client of clientsOf(pool)) {
    if (client._connecting === true && client._connected !== true) client.connection.stream.destroy();
  }
}

/** Closes all connections of the data source, including those that are being established. */
export function cutConnections(dataSource: DataSource): void {
  const { master, slaves = [] } = driverOf(dataSource);
  for (const client of [master, ...slaves].flatMap(clientsOf)) client.connection.stream.destroy();
}

/** Internals of pg and pg-pool without a public alternative. */
interface Internals {
  _connecting?: boolean;
  _connected?: boolean;
  connection: { stream: { destroy(): void } };
}

function clientsOf(pool: Pool): Internals[] {
  const { _clients: clients = [] } = pool as unknown as { _clients?: Internals[] };
  return [...clients];
}

function driverOf(dataSource: DataSource): { master: Pool; slaves?: Pool[] } {
  return dataSource.driver as unknown as { master: Pool; slaves?: Pool[] };
}
