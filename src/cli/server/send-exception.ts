import type { IncomingMessage, ServerResponse } from 'node:http';

import { type AgentSessionsException, ServerBusyException } from '../../exceptions/index.js';

/** Sends an error in Nest's format for a request that ends before it reaches Nest. */
export function sendException(response: ServerResponse, exception: AgentSessionsException): void {
  response.end(writeHead(response, exception));
}

/**
 * The same while the request's body is still being received. The response is complete at once, but the connection
 * stays open until the request ends, because closing it earlier can lose the response. The rest of the body is
 * ignored.
 */
export function sendEarlyException(
  request: IncomingMessage,
  response: ServerResponse,
  exception: AgentSessionsException,
): void {
  if (request.closed) {
    sendException(response, exception);
    return;
  }
  response.write(writeHead(response, exception));
  request.once('close', () => response.end());
  request.resume();
}

function writeHead(response: ServerResponse, exception: AgentSessionsException): string {
  const body = JSON.stringify(exception.getResponse());
  if (exception instanceof ServerBusyException) response.setHeader('Retry-After', exception.retryAfter);
  response.writeHead(exception.getStatus(), {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  return body;
}
