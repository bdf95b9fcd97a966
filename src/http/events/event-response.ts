import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { SessionEvent } from '../../events/session-event.js';
import { after, every } from '../../timing/timers.js';

/** Interval of the comments that keep proxies and clients from taking the stream for dead. */
const COMMENT_MS = 15_000;

/** How soon a client connects again after the end of a stream: spread, so that a restart is no stampede. */
const RETRY_MS = { least: 1_000, most: 3_000 };

/** Characters that are written at a time. */
const CHUNK_CHARACTERS = 64 * 1024;

/** How long a client that does not read has for the rest of a stream that has ended. */
const END_MS = 2_000;

/** A response of server-sent events: written as fast as the client reads. */
export class EventResponse {
  constructor(private readonly raw: ServerResponse) {}

  /** Begins it. Headers that were set before, as those of CORS, are sent as well. */
  begin(): void {
    this.raw.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
  }

  /** For a stream that cannot be served now. A 503 would end an EventSource for good. */
  comeAgain(): void {
    this.raw.end(`retry: ${RETRY_MS.most}\n\n`);
  }

  /** Writes the events of a log until it ends or the signal is aborted. Never rejects. */
  async write(batches: AsyncGenerator<SessionEvent[], void>, signal: AbortSignal): Promise<void> {
    const { raw } = this;
    const stopComments = every(COMMENT_MS, () => {
      if (!raw.writableNeedDrain) raw.write(':\n\n');
    });
    try {
      const retry = RETRY_MS.least + Math.floor(Math.random() * (RETRY_MS.most - RETRY_MS.least + 1));
      raw.write(`retry: ${retry}\n\n`);
      for await (const events of batches) {
        for (const chunk of chunks(events)) {
          if (!raw.write(chunk)) await this.drained(signal);
          if (signal.aborted) return;
        }
      }
    } finally {
      stopComments();
      this.end();
    }
  }

  /** Resolves when the client has read, or the signal is aborted. */
  private async drained(signal: AbortSignal): Promise<void> {
    await once(this.raw, 'drain', { signal }).catch(() => undefined);
  }

  private end(): void {
    const { raw } = this;
    if (raw.destroyed) return;
    const stop = after(END_MS, () => raw.destroy());
    raw.once('close', stop);
    raw.end();
  }
}

/** Whole events, several at a time. The last one of a batch is followed by nothing. */
function* chunks(events: SessionEvent[]): Generator<string> {
  let chunk = '';
  for (const event of events) {
    chunk += `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
