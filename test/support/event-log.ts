import { EventEmitter2 } from '@nestjs/event-emitter';

import type { LifecycleEventMap, LifecycleEventName } from '../../src/index.js';
import type { TestApp } from './stacks.js';
import { until } from './until.js';

/** An event that a listener of the host received. */
export interface LoggedEvent {
  name: LifecycleEventName;
  event: LifecycleEventMap[LifecycleEventName];
}

/** Records all lifecycle events of an app, from now on. */
export class EventLog {
  readonly all: LoggedEvent[] = [];

  constructor({ app }: Pick<TestApp, 'app'>) {
    app.get(EventEmitter2).onAny((name, event) => {
      this.all.push({ name: name as LifecycleEventName, event: event as LoggedEvent['event'] });
    });
  }

  /** The events of a session, without the common prefix of their names. */
  of(id: string): [name: string, event: LoggedEvent['event']][] {
    return this.all
      .filter(({ event }) => event.sessionId === id)
      .map(({ name, event }) => [name.replace('agent-sessions.', ''), event]);
  }

  names(id: string): string[] {
    return this.of(id).map(([name]) => name);
  }

  /** Waits for a session's event of this name. */
  async next<Name extends LifecycleEventName>(id: string, name: Name): Promise<LifecycleEventMap[Name]> {
    const found = await until(
      () => this.all.find((logged) => logged.name === name && logged.event.sessionId === id),
      { what: name },
    );
    return found.event as LifecycleEventMap[Name];
  }
}
