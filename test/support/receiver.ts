import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { WebhookPayload } from '../../src/index.js';
import { until } from './until.js';

/** A request that a receiver got. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  /** The exact bytes, as text. */
  text: string;
  payload: WebhookPayload;
  /** Time of arrival, in ms. */
  at: number;
}

type Respond = (response: ServerResponse, received: Received) => void;

/** A real HTTP server for webhooks. It answers 204 unless the test sets another response for a path. */
export class Receiver {
  readonly received: Received[] = [];
  /** Number of connections, with or without a request. */
  connections = 0;
  private readonly responses = new Map<string, Respond>();
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.server.on('connection', () => receiver.connections++);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Sets the responses of a path, in the order of its requests; the last one repeats. */
  answers(path: string, ...responds: (number | Respond)[]): string {
    const left = [...responds];
    this.responses.set(path, (response, received) => {
      const [respond] = left.length > 1 ? left.splice(0, 1) : left;
      if (typeof respond === 'function') respond(response, received);
      else response.writeHead(respond ?? 204).end();
    });
    return this.url(path);
  }

  on(path: string): Received[] {
    return this.received.filter((request) => request.path === path);
  }

  /** Waits for this many requests to a path, and returns them. */
  async gets(path: string, count = 1, timeoutMs?: number): Promise<Received[]> {
    return until(() => this.on(path).length >= count && this.on(path), {
      what: `${count} requests to ${path}`,
      timeoutMs,
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    const path = request.url?.split('?', 1)[0] ?? '';
    const received = { path, headers: request.headers, text, payload: parse(text), at: Date.now() };
    this.received.push(received);
    const respond = this.responses.get(path);
    if (respond) respond(response, received);
    else response.writeHead(204).end();
  }
}

function parse(text: string): WebhookPayload {
  return JSON.parse(text) as WebhookPayload;
}
