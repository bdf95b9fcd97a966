import { Controller, Get, Headers, Inject, Param, Query, Req, Res, type Type } from '@nestjs/common';

import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { LogFollowers } from '../../streams/log-followers.js';
import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { QueryPipe } from '../pipes.js';
import { scopeOfRequest } from '../request-scope.js';
import { EventStreams } from './event-streams.js';
import { eventsDocs } from './events.docs.js';
import { type EventsQuery, EventsQueryDto, lastEventId } from './events-query.dto.js';

/** Creates the controller of event streams of one module. `path` is that of the sessions. */
export function createEventsController(path: string): Type<unknown> {
  const docs = eventsDocs(path);

  @docs.tag
  @Controller(`${path}/:session_id/events`)
  class EventsController {
    private readonly streams: EventStreams;

    constructor(
      sessions: SessionsService,
      http: HttpExchange,
      followers: LogFollowers,
      @Inject(SESSIONS_OPTIONS) options: ResolvedSessionsOptions,
    ) {
      this.streams = new EventStreams(sessions, http, followers, options);
    }

    @Get()
    @docs.stream
    async stream(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(EventsQueryDto)) { after, turn }: EventsQuery,
      @Headers('last-event-id') last: string | undefined,
      @Res() response: HttpResponse,
    ): Promise<void> {
      const range = { ...scopeOfRequest(request), after: lastEventId(last) ?? after, turn };
      await this.streams.open(request, response, sessionId, range);
    }
  }
  return EventsController;
}
