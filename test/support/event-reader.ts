import type { AgentEvent, SessionEvent } from '../../src/index.js';

/** An event as the log and the stream have it. */
export type StreamedEvent = SessionEvent<AgentEvent>;

/** One frame of a stream: its fields as they were sent. */
export interface Frame {
  id?: string;
  event?: string;
  data?: string;
  retry?: string;
  comment?: string;
}

/** Reads a stream of server-sent events frame by frame. */
export class EventReader {
  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {}

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const controller = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: controller.signal }), controller);
  }

  /** Disconnects. */
  close(): void {
    this.controller.abort();
  }

  /** All frames until the stream ends or is closed. */
  async *frames(): AsyncGenerator<Frame, void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          yield toFrame(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
    } catch (error) {
      if (!this.controller.signal.aborted) throw error;
    }
  }

  /** The events alone. */
  async *events(): AsyncGenerator<StreamedEvent, void> {
    for await (const { id, event, data } of this.frames()) {
      if (data === undefined) continue;
      const read = JSON.parse(data) as StreamedEvent;
      if (id !== String(read.id) || event !== read.type) throw new Error(`An ill-formed frame: ${data}`);
      yield read;
    }
  }
}

function toFrame(text: string): Frame {
  const frame: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    frame[colon === 0 ? 'comment' : line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  return frame;
}

/** The next values, as many as are wanted, or all until the end. */
export async function take<T>(values: AsyncGenerator<T, void>, count = Infinity): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await values.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
