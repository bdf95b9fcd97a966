import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A request of any HTTP adapter. */
export type HttpRequest = (IncomingMessage | { raw: IncomingMessage }) & {
  originalUrl?: string;
  url?: string;
};

/** A response of any HTTP adapter. */
export type HttpResponse = ServerResponse | FastifyResponse;

interface FastifyResponse {
  raw: ServerResponse;
  hijack(): void;
  getHeaders(): OutgoingHttpHeaders;
}

/** Abort reason. A shared constant, because creating an Error per response is expensive. */
const CLOSED = 'closed';

/** Access to requests and responses for the controllers, on any HTTP adapter. */
@Injectable()
export class HttpExchange {
  constructor(private readonly host: HttpAdapterHost) {}

  setHeader(response: HttpResponse, name: string, value: string): void {
    this.host.httpAdapter.setHeader(response, name, value);
  }

  /** Sets the link to the next page of a list: the same path with these query parameters. */
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

  /** The path of the request, with the host's prefix and without the query. */
  path(request: HttpRequest): string {
    const [target = ''] = (request.originalUrl ?? request.url ?? '').split('?', 1);
    // The request target may be a whole URL. A host may collapse slashes; two at the start would be read as a host
    // name.
    return target
      .replace(/^[a-z]+:\/\/[^/]*/i, '')
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '');
  }

  /** The query string of the request, without its question mark. */
  query(request: HttpRequest): string {
    const target = request.originalUrl ?? request.url ?? '';
    const start = target.indexOf('?');
    return start < 0 ? '' : target.slice(start + 1);
  }

  /** The options of a call that waits as a query says, as long as the client is connected. */
  waiting(
    { wait, timeout }: { wait?: boolean; timeout?: number },
    response: HttpResponse,
  ): { wait?: boolean; timeout?: number; signal?: AbortSignal } {
    if (!wait) return {};
    return {
      wait,
      timeout: timeout === undefined ? undefined : timeout * 1000,
      signal: this.hangUp(response),
    };
  }

  /**
   * The raw response, for an answer that the adapter does not write: on Fastify with the headers that plugins have set,
   * for example those of CORS. Express has set them on it already.
   */
  takeOver(response: HttpResponse): ServerResponse {
    if (!('raw' in response)) return response;
    response.hijack();
    for (const [name, value] of Object.entries(response.getHeaders())) {
      if (value !== undefined) response.raw.setHeader(name, value);
    }
    return response.raw;
  }

  isHead(request: HttpRequest): boolean {
    return ('raw' in request ? request.raw : request).method === 'HEAD';
  }

  /** Aborts when the client disconnects or the response is finished. */
  hangUp(response: HttpResponse): AbortSignal {
    const raw = 'raw' in response ? response.raw : response;
    const controller = new AbortController();
    // It may have closed while a guard or the owner was awaited.
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
