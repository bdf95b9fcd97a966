import { EventEmitter2 } from '@nestjs/event-emitter';

import type { LifecycleEventMap, LifecycleEventName } from '../../src/index.js';
import type { TestApp } from './stacks.js';
import { until } from './until.js';

/** An event as a listener of the host's got it. */
export interface LoggedEvent {
  name: LifecycleEventName;
  event: LifecycleEventMap[LifecycleEventName];
}

/** All lifecycle events of an app, from now on. */
export class EventLog {
  readonly all: LoggedEvent[] = [];

  constructor({ app }: Pick<TestApp, 'app'>) {
    app.get(EventEmitter2).onAny((name, event) => {
      this.all.push({ name: name as LifecycleEventName, event: event as LoggedEvent['event'] });
    });
  }

  /** Those of a session, without the prefix that all have. */
  of(id: string): [name: string, event: LoggedEvent['event']][] {
    return this.all
      .filter(({ event }) => event.sessionId === id)
      .map(({ name, event }) => [name.replace('agent-sessions.', ''), event]);
  }

  names(id: string): string[] {
    return this.of(id).map(([name]) => name);
  }

  /** A session's event of this name, once it has come. */
  async next<Name extends LifecycleEventName>(id: string, name: Name): Promise<LifecycleEventMap[Name]> {
    const found = await until(
      () => this.all.find((logged) => logged.name === name && logged.event.sessionId === id),
      { what: name },
    );
    return found.event as LifecycleEventMap[Name];
  }
}
