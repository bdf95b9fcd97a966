import type { Client, Pool } from 'pg';
import type { DataSource } from 'typeorm';

const watched = new WeakSet<object>();

/** The driver's pool of connections to the server that takes writes. */
export function poolOf(dataSource: DataSource): Pool {
  const { master } = driverOf(dataSource);
  if (!watched.has(master)) watch(master);
  return master;
}

/**
 * Keeps a connection that breaks from ending the process. A client that has no `error` listener throws; pg-pool has
 * one while the client is idle, and TypeORM adds one once it has the client, but in between there is none.
 */
function watch(pool: Pool): void {
  watched.add(pool);
  const listen = (client: object) => {
    if (watched.has(client)) return;
    watched.add(client);
    // The error also fails the statement that is under way, where it is handled.
    (client as Client).on('error', () => undefined);
  };
  pool.on('connect', listen);
  // Connections that the pool has made before.
  pool.on('acquire', listen);
}

/**
 * Gives up connections that are still being made. pg waits for a server that accepts a connection and then stays
 * silent without a limit, and each such connection takes one of the pool's places.
 */
export function cutConnecting(pool: Pool): void {
  for (const client of clientsOf(pool)) {
    if (client._connecting === true && client._connected !== true) client.connection.stream.destroy();
  }
}

/** Breaks all connections of the data source, those that are still being made as well. */
export function cutConnections(dataSource: DataSource): void {
  const { master, slaves = [] } = driverOf(dataSource);
  for (const client of [master, ...slaves].flatMap(clientsOf)) client.connection.stream.destroy();
}

/** What pg and pg-pool show in no other way. */
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
