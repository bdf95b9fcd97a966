import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request: no connection, an answer that is lost, or an error of a proxy. */
export type Fault = 'not sent' | 'answer lost' | 503;

/** A proxy that fails as a test says, and whose long polls are short. */
export class UnreliableProxy {
  private readonly faults: { method: string; fault: Fault }[] = [];
  private readonly server = createServer((request, response) => void this.forward(request, response));

  private constructor(private readonly target: string) {}

  static async start(target: string): Promise<UnreliableProxy> {
    const proxy = new UnreliableProxy(target);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sets the faults of the next requests of a method. */
  fails(method: string, ...faults: Fault[]): void {
    this.faults.push(...faults.map((fault) => ({ method, fault })));
  }

  /** Faults that have not happened yet. */
  get left(): number {
    return this.faults.length;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const next = this.faults.findIndex((planned) => planned.method === method);
    const [{ fault } = {}] = next < 0 ? [] : this.faults.splice(next, 1);
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    if (fault === 'not sent') return void request.socket.destroy();
    if (fault === 503) return void response.writeHead(503).end('upstream is down');
    const answer = await fetch(this.target + (request.url ?? '').replace('timeout=25', 'timeout=0.1'), {
      method,
      headers: forwarded(request),
      body: body || undefined,
    });
    const text = await answer.text();
    if (fault === 'answer lost') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
  }
}

function forwarded({ headers }: IncomingMessage): Record<string, string> {
  const names = ['content-type', 'idempotency-key', 'x-user'];
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] ? [[name, String(headers[name])] as const] : [])),
  );
}
