import type { ServerResponse } from 'node:http';

import type { AgentSessionsException } from '../exceptions/index.js';

/** Answers as Nest does, where a request ends before it gets to Nest. */
export function sendException(response: ServerResponse, exception: AgentSessionsException): void {
  response.writeHead(exception.getStatus(), { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(exception.getResponse()));
}
