import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';

import { after } from '../../timing/timers.js';
import { runOfError } from './contained-agent.js';
import { logError } from './log-error.js';
import { handleSignals, onSignal } from '../signals.js';

/** Time for the shutdown besides the time for running turns. */
const SHUTDOWN_MARGIN_MS = 5_000;

/** Time for responses in progress once the turns have ended. */
const LAST_RESPONSES_MS = 1_000;

/** Interval for closing connections that have become idle. */
const POLL_INTERVAL_MS = 100;

/** The shutdown of a server, which happens once. */
export interface Stopping {
  readonly hasBegun: boolean;
}

/**
 * Shuts the server down in order on a signal, and exits at once on a second signal. An uncaught error, for example in
 * a timer of the agent, also causes an orderly shutdown, with exit code 1: the agent's state is unknown, but the
 * other turns are not lost.
 */
export function stopOnSignals(app: NestExpressApplication, shutdownTimeout: number): Stopping {
  const logger = new Logger('Server');
  let exitCode = 0;
  let hasBegun = false;

  const stop = (reason: string) => {
    if (hasBegun) return;
    hasBegun = true;
    logger.log(`${reason}: stopping`);
    after(shutdownTimeout + SHUTDOWN_MARGIN_MS, () => {
      logger.error('Shutdown took too long; exiting now. Unfinished turns run again in another process');
      process.exit(1);
    });
    closeConnections(app);
    app.close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error(`Shutdown failed: ${String(error)}`);
        process.exit(1);
      },
    );
  };

  if (process.listenerCount('SIGTERM') === 0) handleSignals();
  onSignal((signal) => {
    if (hasBegun) process.exit(1);
    stop(signal);
  });
  process.on('uncaughtException', (error: unknown) => {
    const run = runOfError();
    logError(logger, `Uncaught error${run ? ` of ${run.name}` : ''}`, error);
    run?.fail(error);
    exitCode = 1;
    stop('An uncaught error');
  });
  // An unhandled rejection of one agent must not end the other turns.
  process.on('unhandledRejection', (reason) => {
    const run = runOfError();
    logError(logger, `Unhandled rejection${run ? ` of ${run.name}` : ''}`, reason);
  });
  return {
    get hasBegun() {
      return hasBegun;
    },
  };
}

/**
 * The server closes only with its last connection, and clients keep theirs open, with or without a request. Nest
 * closes the adapter when the turns have ended; until then responses may be in progress.
 */
function closeConnections(app: NestExpressApplication): void {
  const server: Server = app.getHttpServer();
  const adapter = app.getHttpAdapter();
  const close = adapter.close.bind(adapter);
  adapter.close = () => {
    const closeIdle = setInterval(() => {
      server.closeIdleConnections();
    }, POLL_INTERVAL_MS);
    after(LAST_RESPONSES_MS, () => {
      clearInterval(closeIdle);
      server.closeAllConnections();
    });
    server.closeIdleConnections();
    return close() as unknown;
  };
}
