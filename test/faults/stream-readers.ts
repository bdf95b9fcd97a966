import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from '../../src/client/index.js';
import type { AgentEvent } from '../../src/index.js';
import { EventReader, type StreamedEvent } from '../support/event-reader.js';
import type { Verdict } from './checker.js';

/** Pause before a new connection, in ms. */
const PAUSE = 150;

/** Reads a session's whole log over many connections, from the first event on. */
export class StreamReader {
  /** What came, in that order. */
  readonly events: StreamedEvent[] = [];
  private readonly stopping = new AbortController();

  /** Rejects if reading has ended by itself. */
  private running: Promise<void> = Promise.resolve();

  private constructor(
    readonly session: string,
    readonly name: string,
  ) {}

  /** Connects again with `Last-Event-ID`, soon and without end. */
  static plain(url: string, session: string): StreamReader {
    const reader = new StreamReader(session, 'a plain reader');
    reader.run(reader.read(`${url}/sessions/${session}/events?after=0`));
    return reader;
  }

  /** Uses the client library. */
  static library(url: string, session: string): StreamReader {
    const reader = new StreamReader(session, 'the client library');
    const { signal } = reader.stopping;
    const follow = async () => {
      const events = createClient({ baseUrl: url }).events<AgentEvent>(session, { after: 0, signal });
      for await (const event of events) reader.events.push(event);
    };
    reader.run(follow());
    return reader;
  }

  /** The id of the last event. */
  get position(): number {
    return this.events.at(-1)?.id ?? 0;
  }

  /** Disconnects. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running.catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') throw error;
    });
  }

  private run(reading: Promise<void>): void {
    // Reported by `stop`.
    reading.catch(() => undefined);
    this.running = reading;
  }

  private async read(url: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.readOnce(url, signal);
      } catch (error) {
        // A broken connection; what is ill-formed is no TypeError.
        if (!(error instanceof TypeError)) throw error;
      }
      await sleep(PAUSE);
    }
  }

  private async readOnce(url: string, signal: AbortSignal): Promise<void> {
    const place: Record<string, string> =
      this.events.length > 0 ? { 'last-event-id': String(this.position) } : {};
    const reader = await EventReader.open(url, place);
    const close = () => {
      reader.close();
    };
    signal.addEventListener('abort', close);
    try {
      if (reader.response.status === 200) {
        for await (const event of reader.events()) this.events.push(event);
      } else if (reader.response.status !== 503) {
        throw new Error(`${this.name} got ${reader.response.status}: ${await reader.response.text()}`);
      }
    } finally {
      signal.removeEventListener('abort', close);
      reader.close();
    }
  }
}

/** What a reader missed of the log, had twice or in another order. */
export function compare({ events, name, session }: StreamReader, log: StreamedEvent[]): Partial<Verdict> {
  const what = (event: StreamedEvent) => `${name} of ${session}: ${event.type} ${event.id}`;
  const texts = events.map((event) => JSON.stringify(event));
  const had = new Set(texts);
  return {
    lost: log.filter((event) => !had.has(JSON.stringify(event))).map(what),
    doubled: events.filter((_, index) => texts.indexOf(texts[index] ?? '') !== index).map(what),
    outOfOrder: events.filter(({ id }, index) => id < (events[index - 1]?.id ?? 0)).map(what),
  };
}
