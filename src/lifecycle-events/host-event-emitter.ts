import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type Announcement, Announcer } from './announcer.js';

/** The part of the host's EventEmitter2 that is used here. */
interface Emitter {
  /** Returns no promise if no listener was ever added. */
  emitAsync(name: string, event: object): Promise<unknown> | false;
}

/** Forwards announcements to the host's event emitter, if the host has imported EventEmitterModule. */
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
      // The class is the injection token of the host's emitter. The package is an optional peer dependency.
      const { EventEmitter2 } = await import('@nestjs/event-emitter');
      return this.moduleRef.get<Emitter>(EventEmitter2, { strict: false });
    } catch {
      return undefined;
    }
  }

  /** A listener neither changes nor delays the outcome; its errors are logged. */
  private async emit(emitter: Emitter, { name, event }: Announcement): Promise<void> {
    try {
      await emitter.emitAsync(name, event);
    } catch (error) {
      this.logger.error(`A listener of ${name} failed: ${toLogText(error)}`);
    }
  }
}
