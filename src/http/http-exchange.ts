import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request of whichever adapter the host uses. */
export type HttpRequest = (IncomingMessage | { raw: IncomingMessage }) & {
  originalUrl?: string;
  url?: string;
};

/** A response of whichever adapter the host uses. */
export type HttpResponse = ServerResponse | { raw: ServerResponse };

/** Why nobody waits any more: a constant, since every answer ends so and an error made each time is dear. */
const CLOSED = 'closed';

/** What the controllers need of requests and responses, on any HTTP adapter. */
@Injectable()
export class HttpExchange {
  constructor(private readonly host: HttpAdapterHost) {}

  setHeader(response: HttpResponse, name: string, value: string): void {
    this.host.httpAdapter.setHeader(response, name, value);
  }

  /** Says where the next page of a list is: at the same path, with these query parameters. */
  linkNext(
    request: HttpRequest,
    response: HttpResponse,
    query: Record<string, string | number | undefined>,
  ): void {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    this.setHeader(response, 'Link', `<${this.path(request)}?${parameters.toString()}>; rel="next"`);
  }

  /** The path that the client asked for, with the host's prefix and without the query. */
  path(request: HttpRequest): string {
    const [target = ''] = (request.originalUrl ?? request.url ?? '').split('?', 1);
    // A target may be a whole URL. A host may take many slashes for one; two in front would make a host's name.
    return target
      .replace(/^[a-z]+:\/\/[^/]*/i, '')
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '');
  }

  /** Aborted when nobody waits for an answer: the client has hung up, or the host has answered in our place. */
  hangUp(response: HttpResponse): AbortSignal {
    const raw = 'raw' in response ? response.raw : response;
    const controller = new AbortController();
    // It may have closed while a guard or the owner was waited for.
    if (raw.closed || raw.destroyed) controller.abort(CLOSED);
    raw.once('close', () => {
      controller.abort(CLOSED);
    });
    return controller.signal;
  }
}

/** A path without its last segments. */
export function withoutSegments(path: string, count: number): string {
  return path.split('/').slice(0, -count).join('/');
}
