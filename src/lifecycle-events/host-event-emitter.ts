import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type Announcement, Announcer } from './announcer.js';

/** What is needed of the host's EventEmitter2. */
interface Emitter {
  /** Gives no promise where nobody has ever listened. */
  emitAsync(name: string, event: object): Promise<unknown> | false;
}

/** Passes what is announced on to the host's event emitter, where the host has imported EventEmitterModule. */
@Injectable()
export class HostEventEmitter implements OnModuleInit {
  private readonly logger = new ContainedLogger(HostEventEmitter.name);

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly announcer: Announcer,
  ) {}

  async onModuleInit(): Promise<void> {
    const emitter = await this.findEmitter();
    if (!emitter) return;
    this.announcer.subscribe((announcement) => void this.emit(emitter, announcement));
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

  /** What listeners do is theirs: it neither changes nor delays what has happened. */
  private async emit(emitter: Emitter, { name, event }: Announcement): Promise<void> {
    try {
      await emitter.emitAsync(name, event);
    } catch (error) {
      this.logger.error(`A listener of ${name} failed: ${toLogText(error)}`);
    }
  }
}
