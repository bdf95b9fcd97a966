import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A proxy that disturbs connections to a server: with latency (`delay`), silently as if a cable were unplugged
 * (`stall`), or by closing them (`cut`).
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

  /** The URL of the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Number of open connections on both sides. */
  get open(): number {
    return this.sockets.size;
  }

  /** Delays all data from now on, in both directions. */
  delay(milliseconds: number): void {
    this.latency = milliseconds;
  }

  /** Forwards nothing from now on, without closing connections. */
  stall(): void {
    this.stalled ??= new Promise((resolve) => (this.resume = resolve));
  }

  /** Closes all connections and accepts no new ones. */
  cut(): void {
    this.refusing = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Ends the fault; delayed data arrives late. */
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
      // Closing the connection is the purpose of the proxy.
    }
  }
}
