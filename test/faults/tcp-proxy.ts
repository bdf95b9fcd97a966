import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands between a client and a server and breaks what is between them: slowly (`delay`), silently, as a cable
 * that is pulled (`stall`), or with notice (`cut`).
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private latency = 0;
  private stalled: Promise<void> | undefined;
  private resume: () => void = () => undefined;
  private refusing = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (socket) => {
      this.forward(socket);
    });
  }

  /** In front of the server of a URL. */
  static async to(url: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, new URL(url));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** The URL that leads through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** How many connections clients and the server have here. */
  get open(): number {
    return this.sockets.size;
  }

  /** From now on every piece of data takes this long, each way. */
  delay(milliseconds: number): void {
    this.latency = milliseconds;
  }

  /** From now on nothing goes through, and nobody is told. */
  stall(): void {
    this.stalled ??= new Promise((resolve) => (this.resume = resolve));
  }

  /** Breaks all connections and takes no new ones. */
  cut(): void {
    this.refusing = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** All is well again; what was stalled arrives late. */
  heal(): void {
    this.latency = 0;
    this.refusing = false;
    this.resume();
    this.stalled = undefined;
  }

  async close(): Promise<void> {
    this.cut();
    this.resume();
    this.server.close();
    await once(this.server, 'close');
  }

  private forward(client: Socket): void {
    if (this.refusing) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(Number(this.target.port), this.target.hostname);
    void this.pump(client, server);
    void this.pump(server, client);
  }

  private async pump(from: Socket, to: Socket): Promise<void> {
    this.sockets.add(from);
    from.setNoDelay();
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    try {
      for await (const data of from) {
        if (this.latency > 0) await sleep(this.latency);
        await this.stalled;
        to.write(data as Buffer);
      }
    } catch {
      // The connection was broken, which is what the proxy is for.
    }
  }
}
