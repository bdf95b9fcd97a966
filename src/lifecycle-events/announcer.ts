import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { LifecycleEventMap, LifecycleEventName } from './lifecycle-events.js';

/** An event together with its name, which tells what it says. */
export type Announcement = {
  [Name in LifecycleEventName]: { name: Name; event: LifecycleEventMap[Name] };
}[LifecycleEventName];

/**
 * Tells the parts of this process that care what has happened: in this process, committed, once. Whoever must not
 * miss anything looks into the database or takes webhooks; a process that dies announces nothing.
 */
@Injectable()
export class Announcer {
  private readonly logger = new ContainedLogger(Announcer.name);
  private readonly listeners: ((announcement: Announcement) => void)[] = [];

  constructor(@Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions) {}

  /** Listens to all that is announced from now on. */
  subscribe(listener: (announcement: Announcement) => void): void {
    this.listeners.push(listener);
  }

  /** Never throws and never waits; call it when what happened is committed. */
  announce<Name extends LifecycleEventName>(
    name: Name,
    about: Omit<LifecycleEventMap[Name], 'module'>,
  ): void {
    const announcement = { name, event: { module: this.options.name, ...about } } as Announcement;
    for (const listener of this.listeners) {
      try {
        listener(announcement);
      } catch (error) {
        this.logger.error(`${name} could not be announced: ${toLogText(error)}`);
      }
    }
  }
}
