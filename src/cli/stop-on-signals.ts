import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';

/** What stopping may take beside the time that running turns are given, in ms. */
const SPARE_TIME = 5_000;

/** Stops the server in good order when the process is told to end, and at once when it is told so twice. */
export function stopOnSignals(app: NestExpressApplication, shutdownTimeout: number): void {
  const logger = new Logger('Server');
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: stopping`);
    setTimeout(() => {
      logger.error('Stopping takes too long; what is left over is done by the next process');
      process.exit(1);
    }, shutdownTimeout + SPARE_TIME).unref();
    const server: Server = app.getHttpServer();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(`Could not stop in good order: ${String(error)}`);
        process.exit(1);
      },
    );
    server.closeIdleConnections();
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
