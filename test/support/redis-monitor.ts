import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Records all commands to a Redis server, from now on. */
export class RedisMonitor {
  private text = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  static async of(url: string): Promise<RedisMonitor> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port || 6379), hostname);
    await once(socket, 'connect');
    const monitor = new RedisMonitor(socket);
    socket.write('MONITOR\r\n');
    await once(socket, 'data');
    return monitor;
  }

  get heard(): string {
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }
}
