import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import type { Fact } from '../facts/fact.js';
import { Facts } from '../facts/facts.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { EVENT_OF_FACT } from './event-of-fact.js';

/** What is needed of the host's EventEmitter2. */
interface Emitter {
  /** Returns no promise for a name that has never had a listener. */
  emitAsync(name: string, event: object): Promise<unknown> | false;
}

/** Emits facts as lifecycle events on the host's event emitter, if the host has imported EventEmitterModule. */
@Injectable()
export class HostEventEmitter implements OnModuleInit {
  private readonly logger = new ContainedLogger(HostEventEmitter.name);

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly facts: Facts,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const emitter = await this.findEmitter();
    if (emitter) this.facts.subscribe((fact) => void this.emit(emitter, fact));
  }

  private async findEmitter(): Promise<Emitter | undefined> {
    try {
      // The class is the token under which the host has its emitter. The package is an optional peer.
      const { EventEmitter2 } = await import('@nestjs/event-emitter');
      return this.moduleRef.get<Emitter>(EventEmitter2, { strict: false });
    } catch {
      return undefined;
    }
  }

  /** An error of a listener neither changes nor delays what has happened. */
  private async emit(emitter: Emitter, { type, ...said }: Fact): Promise<void> {
    const name = EVENT_OF_FACT[type];
    try {
      await emitter.emitAsync(name, { module: this.options.name, ...said });
    } catch (error) {
      this.logger.error(`A listener of ${name} failed: ${toLogText(error)}`);
    }
  }
}
