import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server received it. */
export interface Received {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** How a request is answered; `cut` closes its connection without an answer. */
export type Reply =
  'cut' | { status: number; json?: unknown; text?: string; headers?: Record<string, string> } | StreamReply;

/** Writes the answer itself. */
export type StreamReply = (response: ServerResponse, request: Received) => void;

/** A server of the API that answers each request as a test says. */
export class ScriptedServer {
  readonly received: Received[] = [];
  private readonly replies: Reply[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    scripted.server.listen(0, '127.0.0.1');
    await once(scripted.server, 'listening');
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sets the answers of the next requests; the last one is also that of all further requests. */
  answers(...replies: Reply[]): void {
    this.received.length = 0;
    this.replies.splice(0, Infinity, ...replies);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    const { method = '', url: path = '', headers } = request;
    const received: Received = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) };
    this.received.push(received);
    const reply = this.replies.length > 1 ? this.replies.shift() : this.replies[0];
    if (reply === undefined || reply === 'cut') return void request.socket.destroy();
    if (typeof reply === 'function') {
      reply(response, received);
      return;
    }
    const body = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(body);
  }
}
