import type { IncomingMessage, ServerResponse } from 'node:http';

import { type AgentSessionsException, ServerBusyException } from '../../exceptions/index.js';

/** Answers as Nest does, where a request ends before it gets to Nest. */
export function sendException(response: ServerResponse, exception: AgentSessionsException): void {
  response.end(writeHead(response, exception));
}

/**
 * The same while the request's body still comes. The answer is complete at once, but the response ends with the
 * request: a connection that is closed before that can lose the answer on its way. What comes is dropped.
 */
export function sendEarlyException(
  request: IncomingMessage,
  response: ServerResponse,
  exception: AgentSessionsException,
): void {
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
