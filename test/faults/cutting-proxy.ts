import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface CuttingProxyOptions {
  /** The servers that accept requests now. */
  urls: () => string[];
  /** Between 0 and 1. */
  random: () => number;
  /** The longest that a connection lasts, in bytes of answers. */
  longest: number;
}

/** A proxy to any of some servers, that closes each connection after a random number of bytes. */
export class CuttingProxy {
  /** Number of connections that have broken after a part of the answer, by the proxy or by the server's end. */
  cuts = 0;
  private readonly sockets = new Set<Socket>();
  private cutting = true;

  private constructor(
    private readonly server: Server,
    private readonly options: CuttingProxyOptions,
  ) {
    server.on('connection', (socket) => {
      this.forward(socket);
    });
  }

  static async to(options: CuttingProxyOptions): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server, options);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Closes no further connections. */
  stop(): void {
    this.cutting = false;
  }

  async close(): Promise<void> {
    this.stop();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private forward(client: Socket): void {
    const { urls, random, longest } = this.options;
    const running = urls();
    const url = running[Math.floor(random() * running.length)];
    if (url === undefined) {
      client.destroy();
      return;
    }
    const server = connect(Number(new URL(url).port), '127.0.0.1');
    // Inside an event, a frame, a character: the position is one of bytes.
    const limit = Math.ceil(random() * longest);
    let answered = 0;
    this.join(client, server);
    this.join(server, client);
    client.on('data', (data: Buffer) => server.write(data));
    server.on('data', (data: Buffer) => {
      const left = this.cutting ? limit - answered : Infinity;
      answered += data.length;
      if (data.length < left) client.write(data);
      // The part arrives before the reset.
      else client.write(data.subarray(0, left), () => client.destroy());
    });
    server.on('close', () => {
      if (this.cutting && answered > 0) this.cuts++;
    });
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.setNoDelay();
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
