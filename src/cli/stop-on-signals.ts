import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';

import { after } from '../timing/timers.js';

/** What stopping may take beside the time that running turns are given, in ms. */
const SPARE_TIME = 5_000;

/** How long answers that are under way may take once the server takes no more connections, in ms. */
const LAST_ANSWERS_TIME = 1_000;

/** How often to look whether the server takes no more connections, in ms. */
const LOOK_AGAIN = 100;

/** Stops the server in good order when the process is told to end, and at once when it is told so twice. */
export function stopOnSignals(app: NestExpressApplication, shutdownTimeout: number): void {
  const logger = new Logger('Server');
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: stopping`);
    after(shutdownTimeout + SPARE_TIME, () => {
      logger.error('Stopping takes too long; what is left over is done by the next process');
      process.exit(1);
    });
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(`Could not stop in good order: ${String(error)}`);
        process.exit(1);
      },
    );
    letGoOfConnections(app.getHttpServer());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A promise that an agent forgot must not take the other turns down with it.
  process.on('unhandledRejection', (reason) => {
    logger.error(
      `Unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
    );
  });
}

/** The server only ends with its last connection, and clients keep theirs, with or without a request. */
function letGoOfConnections(server: Server): void {
  let left = LAST_ANSWERS_TIME;
  const timer = setInterval(() => {
    // Until then turns are finishing, and clients may still ask for them.
    if (server.listening) return;
    server.closeIdleConnections();
    left -= LOOK_AGAIN;
    if (left > 0) return;
    clearInterval(timer);
    server.closeAllConnections();
  }, LOOK_AGAIN);
}
