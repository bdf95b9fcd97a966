import { Logger } from '@nestjs/common';
import { relative, resolve } from 'node:path';

import { splitName } from '../server/load-agent.js';
import { createLogger } from '../server/server-logger.js';
import type { StartOptions } from '../server/start-options.js';
import { onSignal } from '../signals.js';
import { ServerProcess } from './server-process.js';
import { WatchedFiles } from './watched-files.js';

/** Serves an agent in a process that is replaced when a file of the agent changes. */
export class DevSession {
  private readonly logger = new Logger('Dev');
  private readonly files = new WatchedFiles((file) => void this.restart(file));
  private server: ServerProcess | undefined;
  private isRestarting = false;
  private isEnding = false;

  constructor(
    private readonly agentModule: string,
    private readonly options: StartOptions,
    private readonly loader: string | undefined,
  ) {
    Logger.overrideLogger(createLogger(options));
  }

  start(): void {
    this.files.add(resolve(splitName(this.agentModule).file));
    onSignal(() => void this.end());
    this.serve();
  }

  private serve(): void {
    this.files.watchKnown();
    const { agentModule, options } = this;
    const server = new ServerProcess({ agentModule, options }, this.loader, {
      onFile: (file) => {
        this.files.add(file);
      },
      onExit: () => {
        if (this.server !== server) return;
        this.server = undefined;
        if (this.isEnding || this.isRestarting) return;
        this.logger.warn('The server has ended; it starts again when a file changes');
        this.files.watchAll();
      },
    });
    this.server = server;
  }

  /** Changes during a restart are in the new process, or cause another restart. */
  private async restart(file: string): Promise<void> {
    if (this.isEnding) return;
    this.logger.log(`${relative(process.cwd(), file)} has changed: restarting`);
    if (this.isRestarting) return;
    this.isRestarting = true;
    await this.server?.stop();
    this.isRestarting = false;
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a signal may have come meanwhile
    if (!this.isEnding) this.serve();
  }

  /** The server requeues its turns; a second signal does not wait for that. */
  private async end(): Promise<void> {
    if (this.isEnding) {
      this.server?.kill();
      process.exit(1);
    }
    this.isEnding = true;
    this.files.close();
    await this.server?.stop();
    process.exit(0);
  }
}
