import { unexpected } from './agent-sessions.error.js';
import { EventStreamParser, type StreamedEvent } from './event-stream-parser.js';
import type { ApiRequest, HttpRequests } from './http-requests.js';

/** A stream without a byte for this long is lost: the server sends a comment every 15 s. */
const SILENCE_MS = 45_000;

/** One connection of an event stream. */
export class EventConnection {
  readonly parser = new EventStreamParser();

  private constructor(
    private readonly requests: HttpRequests,
    private readonly body: ReadableStream<Uint8Array>,
    private readonly watch: SilenceWatch,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Resolves when the server has begun to answer. */
  static async open(requests: HttpRequests, request: ApiRequest): Promise<EventConnection> {
    const watch = new SilenceWatch();
    const response = await watch.over(() => requests.open({ ...request, cut: watch.cut }));
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (response.body && isStream) return new EventConnection(requests, response.body, watch, request.signal);
    watch.close();
    throw unexpected(response, null, 'text/event-stream');
  }

  /** The events, until the server ends the stream. Throws if the connection is lost. */
  async *events(): AsyncGenerator<StreamedEvent, void, undefined> {
    const reader = this.body.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const read = () => this.watch.over(() => reader.read());
        const { done, value } = await this.requests.connected(this.signal, read);
        if (done) return;
        yield* this.parser.push(decoder.decode(value, { stream: true }));
      }
    } finally {
      this.watch.close();
    }
  }
}

/** Cuts a connection that has been silent for too long. */
class SilenceWatch {
  private readonly cutting = new AbortController();
  readonly cut = this.cutting.signal;

  /** Waits for the server. */
  async over<T>(wait: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.cutting.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`));
    }, SILENCE_MS);
    try {
      return await wait();
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.cutting.abort();
  }
}
