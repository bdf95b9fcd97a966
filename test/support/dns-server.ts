import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/** The addresses of a name by family; `unknown`, or `silent` for no response. */
export type DnsAnswer = { a?: string[]; aaaa?: string[] } | 'unknown' | 'silent';

const HEADER_BYTES = 12;
const TYPES = { 1: 'a', 28: 'aaaa' } as const;
const NXDOMAIN = 3;

/** A DNS server over UDP with answers from the test. */
export class DnsServer {
  /** The queried names, one entry per query. */
  readonly asked: string[] = [];
  private readonly socket = createSocket('udp4');

  /** `answer` receives the name and the number of earlier queries for it. */
  static async start(answer: (name: string, before: number) => DnsAnswer): Promise<DnsServer> {
    const server = new DnsServer();
    server.socket.on('message', (query, from) => {
      server.reply(query, from, answer);
    });
    server.socket.bind(0, '127.0.0.1');
    await once(server.socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  private reply(query: Buffer, from: RemoteInfo, answer: (name: string, before: number) => DnsAnswer): void {
    const { name, end, type } = questionOf(query);
    const given = answer(name, this.asked.filter((asked) => asked === `${type} ${name}`).length);
    this.asked.push(`${type} ${name}`);
    if (given === 'silent') return;
    const kind = TYPES[type as keyof typeof TYPES];
    const addresses = given === 'unknown' ? [] : (given[kind] ?? []);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    // A response, recursion desired and available.
    header.writeUInt16BE(0x8180 | (given === 'unknown' ? NXDOMAIN : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => recordOf(type, address));
    this.socket.send(
      Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]),
      from.port,
      from.address,
    );
  }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordOf(type: number, address: string): Buffer {
  const bytes = Buffer.from(type === 1 ? address.split('.').map(Number) : groupsOf(address));
  const record = Buffer.alloc(12);
  // The name of the question, by a pointer.
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([record, bytes]);
}

/** The bytes of an IPv6 address in full. */
function groupsOf(address: string): number[] {
  return address.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
