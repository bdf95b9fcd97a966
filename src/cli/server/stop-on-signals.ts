import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';

import { after } from '../../timing/timers.js';
import { runOfError } from './contained-agent.js';
import { handleSignals, onSignal } from '../signals.js';

/** What stopping may take beside the time that running turns are given, in ms. */
const SPARE_TIME_MS = 5_000;

/** How long answers that are under way may take once the server takes no more connections, in ms. */
const LAST_ANSWERS_TIME_MS = 1_000;

/** How often to look whether the server takes no more connections, in ms. */
const LOOK_AGAIN_MS = 100;

/** The end of a server, which happens once. */
export interface Stopping {
  readonly hasBegun: boolean;
}

/**
 * Stops the server in good order when the process is told to end, and at once on a second signal. An error
 * that nothing has caught, as of a timer of the agent's, stops it in the same order with exit code 1: the state of
 * the agent is unknown then, but the other turns are not lost.
 */
export function stopOnSignals(app: NestExpressApplication, shutdownTimeout: number): Stopping {
  const logger = new Logger('Server');
  let exitCode = 0;
  let hasBegun = false;

  const stop = (reason: string) => {
    if (hasBegun) return;
    hasBegun = true;
    logger.log(`${reason}: stopping`);
    after(shutdownTimeout + SPARE_TIME_MS, () => {
      logger.error('Stopping takes too long; what is left over is done by the next process');
      process.exit(1);
    });
    app.close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error(`Could not stop in good order: ${String(error)}`);
        process.exit(1);
      },
    );
    letGoOfConnections(app.getHttpServer());
  };

  if (process.listenerCount('SIGTERM') === 0) handleSignals();
  onSignal((signal) => {
    if (hasBegun) process.exit(1);
    stop(signal);
  });
  process.on('uncaughtException', (error: unknown) => {
    const run = runOfError();
    logger.error(`Uncaught error${run ? ` of ${run.name}` : ''}: ${stackOf(error)}`);
    run?.fail(error);
    exitCode = 1;
    stop('An uncaught error');
  });
  // A promise that an agent forgot must not take the other turns down with it.
  process.on('unhandledRejection', (reason) => {
    const run = runOfError();
    logger.error(`Unhandled rejection${run ? ` of ${run.name}` : ''}: ${stackOf(reason)}`);
  });
  return {
    get hasBegun() {
      return hasBegun;
    },
  };
}

function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The server only ends with its last connection, and clients keep theirs, with or without a request. */
function letGoOfConnections(server: Server): void {
  let left = LAST_ANSWERS_TIME_MS;
  const timer = setInterval(() => {
    // Until then turns are finishing, and clients may still ask for them.
    if (server.listening) return;
    server.closeIdleConnections();
    left -= LOOK_AGAIN_MS;
    if (left > 0) return;
    clearInterval(timer);
    server.closeAllConnections();
  }, LOOK_AGAIN_MS);
}
