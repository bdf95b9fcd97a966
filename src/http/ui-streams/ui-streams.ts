import { TryAgainException } from '../../exceptions/index.js';
import { ContainedLogger } from '../../logging/contained-logger.js';
import { toLogText } from '../../logging/log-text.js';
import type { ResolvedSessionsOptions } from '../../options/sessions.options.js';
import type { LogFollowers } from '../../streams/log-followers.js';
import { after } from '../../timing/timers.js';
import { StreamCut } from '../../ui-protocols/stream-cut.js';
import type { HttpExchange, HttpResponse } from '../http-exchange.js';
import { FrameResponse } from '../frame-response.js';

/** Opens what is to be sent: what it throws is answered as JSON, and undefined with 204. */
type Opener = (signal: AbortSignal) => Promise<AsyncGenerator<string, void> | undefined>;

/** The streams of the UI protocols of one module in this process. A client that disconnects ends its stream alone. */
export class UiStreams {
  private readonly logger = new ContainedLogger(UiStreams.name);
  private count = 0;

  constructor(
    private readonly http: HttpExchange,
    private readonly followers: LogFollowers,
    private readonly options: Pick<ResolvedSessionsOptions, 'maxStreams' | 'maxStreamDuration'>,
  ) {}

  /** Answers with a stream; resolves when it has begun. */
  async send(response: HttpResponse, headers: Record<string, string>, open: Opener): Promise<void> {
    if (this.count >= this.options.maxStreams)
      throw new TryAgainException(undefined, 'The server has too many open streams; try again');
    const controller = new AbortController();
    const stop = () => {
      controller.abort();
    };
    const hangUp = this.http.hangUp(response);
    hangUp.addEventListener('abort', stop, { once: true });
    if (hangUp.aborted) stop();
    // A client that does not read would keep the process from stopping.
    const forget = this.followers.onClose(stop);
    this.count++;
    const stopTimer = after(this.options.maxStreamDuration, stop);
    const release = () => {
      this.count--;
      stopTimer();
      forget();
    };
    let frames: AsyncGenerator<string, void> | undefined;
    try {
      frames = await open(controller.signal);
    } catch (error) {
      release();
      throw error;
    }
    const raw = this.http.takeOver(response);
    if (!frames) {
      release();
      raw.writeHead(204).end();
      return;
    }
    const stream = new FrameResponse(raw);
    stream.begin(headers, { keepsConnection: true });
    void stream
      .write(frames, controller.signal)
      .catch((error: unknown) => {
        if (error instanceof StreamCut && error.last !== undefined) {
          stream.endConnection(error.last);
          return;
        }
        if (!(error instanceof StreamCut)) {
          this.logger.warn(`A stream of a UI protocol was closed, because it failed: ${toLogText(error)}`);
        }
        stream.reset();
      })
      .finally(release);
  }
}
