import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { postWebhook, type WebhookResponse } from '../../src/webhooks/webhook-request.js';

const OK = 'HTTP/1.1 200 OK\r\n';
const FLOOD = `HTTP/1.1 103 Early Hints\r\nlink: </${'x'.repeat(500)}>\r\n\r\n`.repeat(50);

/** A receiver's reaction to a connection with a request. */
type Behaviour = (socket: Socket) => void;

/** Sends the text repeatedly, as fast as it is read. */
function repeat(text: string): Behaviour {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', more);
    more();
  };
}

const says =
  (text: string): Behaviour =>
  (socket) =>
    socket.write(text);

describe('a POST to a receiver', () => {
  let server: Server;
  let sockets: Socket[];
  let behaviour: Behaviour;

  beforeEach(async () => {
    sockets = [];
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.resume();
        behaviour(socket);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  /** The outcome of a POST with a limit of 300 ms. Resolves once the receiver's connection is closed, too. */
  async function post(does: Behaviour, scheme = 'http'): Promise<WebhookResponse | string> {
    behaviour = does;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const outcome = postWebhook({
      url: `${scheme}://receiver.example:${(server.address() as AddressInfo).port}/`,
      addresses: [{ address: '127.0.0.1', family: 4 }],
      headers: {},
      body: [Buffer.from('{"a":'), Buffer.from('1}')],
      signal: AbortSignal.timeout(300),
    }).catch((error: unknown) => (error as Error).name);
    const [socket] = await accepted;
    const closed = socket.closed ? undefined : once(socket, 'close').catch(() => undefined);
    const answer = await outcome;
    await closed;
    return answer;
  }

  it.each<[string, Behaviour]>([
    ['says nothing', () => undefined],
    ['begins its headers and goes no further', says(`${OK}content-`)],
    ['announces an answer without an end', repeat(FLOOD)],
    ['says to go on, and no more', says('HTTP/1.1 100 Continue\r\n\r\n')],
  ])('ends at its time limit if the receiver %s', async (_what, does) => {
    expect(await post(does)).toBe('TimeoutError');
  });

  it('ends at its time limit if the receiver starts no TLS', async () => {
    expect(await post(() => undefined, 'https')).toBe('TimeoutError');
  });

  it.each<[string, number, Behaviour]>([
    [
      'leaves HTTP',
      101,
      says('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    ['leaves HTTP without a word', 101, says('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
    ['does not end its body', 200, says(`${OK}content-length: 5\r\n\r\nab`)],
    ['breaks off its body', 200, (socket) => socket.end(`${OK}content-length: 5\r\n\r\nab`)],
    [
      'resets the connection after its status',
      200,
      (socket) => socket.write(`${OK}content-length: 5\r\n\r\n`, () => socket.resetAndDestroy()),
    ],
    ['has no body', 503, says('HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n')],
  ])('has the status as its outcome if the receiver %s', async (_what, statusCode, does) => {
    expect(await post(does)).toMatchObject({ statusCode });
  });

  it('reads a response body of 64 KiB to its end before it closes the connection, and no more', async () => {
    const sent: number[] = [];
    for (const length of [60_000, 10_000_000]) {
      let written = 0;
      await post((socket) => {
        socket.write(`${OK}content-length: ${length}\r\n\r\n`);
        const more = () => {
          for (; written < length && !socket.destroyed; written += 1_000) {
            if (!socket.write('x'.repeat(1_000))) break;
          }
        };
        socket.on('drain', more);
        more();
      });
      sent.push(written);
    }
    expect(sent[0]).toBe(60_000);
    expect(sent[1]).toBeLessThan(9_000_000);
  });

  it.each<[string, Behaviour, RegExp | string]>([
    ['closes the connection', (socket) => socket.end(), 'Error'],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'Error'],
    ['does not speak HTTP', says('220 mail.example ESMTP\r\n'), 'Error'],
    ['sends headers without an end', repeat(`${OK}x: `.padEnd(70_000, 'x')), 'Error'],
  ])('fails at once if the receiver %s', async (_what, does, name) => {
    expect(await post(does)).toBe(name);
  });
});
