import { Injectable, type OnApplicationShutdown, type OnModuleDestroy, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';

/** The signals that end a host, with the numbers from which exit codes are made. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** A signal that comes sooner is the same one: terminals and npm both pass it on. */
const REPEAT_MS = 500;

/**
 * The host's process during a shutdown. Its port is released before the wait for running turns, so that the next
 * process can listen on it. A second signal ends the process at once, which Nest's shutdown hooks ignore.
 */
@Injectable()
export class HostServer implements OnModuleDestroy, OnApplicationShutdown {
  private readonly handlers = new Map<NodeJS.Signals, () => void>();

  constructor(@Optional() private readonly host?: HttpAdapterHost) {}

  /** The first of Nest's hooks. Requests on open connections are still answered; Nest closes the server later. */
  onModuleDestroy(): void {
    // An application without HTTP has no adapter, or one without a server.
    const adapter = this.host?.httpAdapter;
    const server = adapter?.getHttpServer() as Server | undefined;
    if (server?.listening) server.close();
  }

  /** Without a first signal the host closes its application itself and decides what signals do. */
  endOnSecondSignal(first: string | undefined): void {
    if (first === undefined) return;
    const began = performance.now();
    for (const [name, number] of Object.entries(SIGNALS) as [NodeJS.Signals, number][]) {
      const handler = () => {
        if (performance.now() - began >= REPEAT_MS) process.exit(128 + number);
      };
      this.handlers.set(name, handler);
      process.on(name, handler);
    }
  }

  /** Nest then sends the signal again, to end the process. */
  onApplicationShutdown(): void {
    for (const [name, handler] of this.handlers) process.off(name, handler);
    this.handlers.clear();
  }
}
