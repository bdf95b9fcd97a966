import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { after, every } from '../timing/timers.js';

/** Interval of the comments that keep proxies and clients from taking the stream for dead. */
const COMMENT_MS = 15_000;

/** How long a client that does not read has for the rest of a stream that has ended. */
const END_MS = 2_000;

/** A response of server-sent events that is written as fast as the client reads. */
export class FrameResponse {
  constructor(private readonly raw: ServerResponse) {}

  /**
   * Begins it. Headers that were set before, as those of CORS, are sent as well. The connection ends with the stream,
   * because an idle one would delay the end of the process: Fastify keeps it for 72 s. With `keepsConnection` it does
   * not, because undici takes the reset of a connection that was to be closed for the end of the response.
   */
  begin(headers: Record<string, string> = {}, { keepsConnection = false } = {}): void {
    if (!keepsConnection) this.raw.shouldKeepAlive = false;
    this.raw.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      ...headers,
    });
    this.raw.flushHeaders();
  }

  /**
   * Writes frames, or pieces of them, until they end or the client disconnects. Rejects if they fail. An aborted signal
   * ends the wait for a client that does not read; the pieces should end with it as well.
   */
  async write(pieces: AsyncGenerator<string, void>, signal: AbortSignal): Promise<void> {
    const { raw } = this;
    let isBetweenFrames = true;
    const stopComments = every(COMMENT_MS, () => {
      if (isBetweenFrames && !raw.writableNeedDrain) raw.write(':\n\n');
    });
    try {
      for await (const piece of pieces) {
        isBetweenFrames = piece.endsWith('\n\n');
        if (raw.destroyed) return;
        if (!raw.write(piece)) await this.drained(signal);
      }
      this.end();
    } finally {
      stopComments();
    }
  }

  /** Ends it so that the client sees that it is incomplete. */
  reset(): void {
    this.raw.destroy();
  }

  /** Resolves when the client has read, or the signal is aborted. */
  private async drained(signal: AbortSignal): Promise<void> {
    await once(this.raw, 'drain', { signal }).catch(() => undefined);
  }

  /** Ends it after this frame, and its connection. */
  endConnection(last: string): void {
    const { socket } = this.raw;
    this.raw.once('finish', () => socket?.destroySoon());
    this.end(last);
  }

  /** Ends it, in limited time, after this frame. */
  end(last = ''): void {
    const { raw } = this;
    if (raw.destroyed) return;
    const stop = after(END_MS, () => raw.destroy());
    raw.once('close', stop);
    raw.end(last);
  }
}
