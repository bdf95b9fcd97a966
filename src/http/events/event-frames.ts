import type { SessionEvent } from '../../events/session-event.js';

/** How soon a client connects again after the end of a stream: spread, so that a restart is no stampede. */
const RETRY_MS = { least: 1_000, most: 3_000 };

/** Characters that are written at a time. */
const CHUNK_CHARACTERS = 64 * 1024;

/** The whole stream for a reader that cannot be served now. A 503 would end an EventSource for good. */
export const COME_AGAIN = `retry: ${RETRY_MS.most}\n\n`;

/** The events of a log as frames, several at a time. The last one of a batch is followed by nothing. */
export async function* eventFrames(
  batches: AsyncGenerator<SessionEvent[], void>,
): AsyncGenerator<string, void> {
  const retry = RETRY_MS.least + Math.floor(Math.random() * (RETRY_MS.most - RETRY_MS.least + 1));
  yield `retry: ${retry}\n\n`;
  for await (const events of batches) yield* chunks(events);
}

function* chunks(events: SessionEvent[]): Generator<string> {
  let chunk = '';
  for (const event of events) {
    chunk += frameOf(event);
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** The frames of events, which all readers of a session that are at the same place write. */
const frames = new WeakMap<SessionEvent, string>();

function frameOf(event: SessionEvent): string {
  let frame = frames.get(event);
  if (frame === undefined) {
    frame = `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    frames.set(event, frame);
  }
  return frame;
}
