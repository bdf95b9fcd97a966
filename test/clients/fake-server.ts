import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that answers each POST with the next of its bodies. */
export class FakeServer {
  readonly requests: Record<string, unknown>[] = [];
  /** Event streams, one per request. */
  readonly bodies: unknown[][] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeServer> {
    const server = createServer((request, response) => {
      let sent = '';
      request.on('data', (data) => (sent += String(data)));
      request.on('end', () => {
        fake.requests.push(JSON.parse(sent) as Record<string, unknown>);
        response.writeHead(200, {
          'content-type': 'text/event-stream',
          'x-vercel-ai-ui-message-stream': 'v1',
        });
        for (const event of fake.bodies.shift() ?? []) {
          response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
        }
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fake = new FakeServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return fake;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
