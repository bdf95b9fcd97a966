import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { LifecycleEventMap, LifecycleEventName } from './lifecycle-events.js';

/** An event together with its name, which determines the event's type. */
export type Announcement = {
  [Name in LifecycleEventName]: { name: Name; event: LifecycleEventMap[Name] };
}[LifecycleEventName];

/**
 * In-process event bus. Events are emitted after the commit, at most once, only in the process that made the change.
 * Not durable: use webhooks for that.
 */
@Injectable()
export class Announcer {
  private readonly logger = new ContainedLogger(Announcer.name);
  private readonly listeners: ((announcement: Announcement) => void)[] = [];

  constructor(@Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions) {}

  /** Calls the listener for every event announced from now on. */
  subscribe(listener: (announcement: Announcement) => void): void {
    this.listeners.push(listener);
  }

  /** Never throws and never waits. Call it after the commit. */
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
