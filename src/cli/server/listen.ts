import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';

import { CommandFailure, oneLine } from '../failure.js';
import type { StartOptions } from './start-options.js';

/** Longer than clients and proxies keep idle connections, so that they close them first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

type Address = Pick<StartOptions, 'host' | 'port'>;

/** Throws a CommandFailure if the address cannot be used, before anything else starts. */
export async function checkAddress(address: Address): Promise<void> {
  const server = createServer();
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(address, error);
  }
  server.close();
  await once(server, 'close');
}

/** Starts to listen, and logs the address. */
export async function listen(app: NestExpressApplication, options: StartOptions): Promise<void> {
  const { host, port, role, apiKey } = options;
  try {
    await app.listen(port, host);
  } catch (error) {
    throw cannotListen(options, error);
  }
  const server: Server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;

  const logger = new Logger('Server');
  const url = urlOf(host, server);
  if (role === 'worker') {
    logger.log(`Running turns; health at ${url}/health`);
    return;
  }
  if (!isLoopback(host) && !apiKey) {
    logger.warn(`Anybody who reaches ${host} may use this server: no --api-key is set`);
  }
  logger.log(`Listening on ${url}`);
  logger.log(`The console is at ${url}/`);
  logger.log(`Swagger UI is at ${url}/docs`);
}

/** The address as it was given, also if it stands for all; the port as it is. */
function urlOf(host: string, server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Whether the address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function cannotListen({ host, port }: Address, error: unknown): CommandFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new CommandFailure(`Port ${port} of ${host} is in use; choose another with --port`);
    case 'EACCES':
      return new CommandFailure(`Port ${port} of ${host} is not allowed to you; choose another with --port`);
    default:
      return new CommandFailure(`Cannot listen on --host ${host} --port ${port}: ${oneLine(error)}`);
  }
}
