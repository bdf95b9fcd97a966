import { ContainedLogger } from '../../logging/contained-logger.js';
import { toLogText } from '../../logging/log-text.js';
import type { EventRange } from '../../sessions/session-calls.js';
import type { SessionsService } from '../../sessions/sessions.service.js';
import type { ResolvedSessionsOptions } from '../../options/sessions.options.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { LogFollowers } from '../../streams/log-followers.js';
import { after } from '../../timing/timers.js';
import type { HttpExchange, HttpRequest, HttpResponse } from '../http-exchange.js';
import { FrameResponse } from '../frame-response.js';
import { COME_AGAIN, eventFrames } from './event-frames.js';

/** The event streams of one module in this process. */
export class EventStreams {
  private readonly logger = new ContainedLogger(EventStreams.name);
  private count = 0;

  constructor(
    private readonly sessions: SessionsService,
    private readonly http: HttpExchange,
    private readonly followers: LogFollowers,
    private readonly options: Pick<ResolvedSessionsOptions, 'maxStreams' | 'maxStreamDuration'>,
  ) {}

  /**
   * Answers with the events of a session; resolves when the stream has begun. Before that it throws what is answered
   * as JSON.
   */
  async open(
    request: HttpRequest,
    response: HttpResponse,
    sessionId: string,
    range: SessionScope & Pick<EventRange, 'after' | 'turn'>,
  ): Promise<void> {
    const controller = new AbortController();
    const hangUp = this.http.hangUp(response);
    const stop = () => {
      controller.abort();
    };
    hangUp.addEventListener('abort', stop, { once: true });
    // A client that does not read would not see that the log has ended.
    const forget = this.followers.onClose(stop);
    hangUp.addEventListener('abort', forget, { once: true });
    const batches = await this.sessions.eventBatches(sessionId, { ...range, signal: controller.signal });
    if (hangUp.aborted) stop();
    const stream = new FrameResponse(this.http.takeOver(response));
    stream.begin();
    if (this.count >= this.options.maxStreams) {
      stop();
      stream.end(COME_AGAIN);
      return;
    }
    if (this.http.isHead(request)) stop();
    this.count++;
    const stopTimer = after(this.options.maxStreamDuration, stop);
    void stream
      .write(eventFrames(batches), controller.signal)
      .catch((error: unknown) => {
        this.logger.warn(`An event stream was closed, because it failed: ${toLogText(error)}`);
        stream.reset();
      })
      .finally(() => {
        this.count--;
        stopTimer();
      });
  }
}
