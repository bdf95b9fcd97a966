import { describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { until } from '../support/until.js';
import { useServer } from './use-server.js';

const MIB = 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };
/** Of 15 MiB each: about twice the memory for bodies. */
const AT_ONCE = 16;
/** How long a request may wait while a large body is read and refused. */
const MAX_WAIT_MS = 250;
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** The memory for bodies is an eighth of this heap: 128 MiB. */
const running = useServer({ env: { NODE_OPTIONS: '--max-old-space-size=1024' } });

interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: { code?: string; message?: unknown };
}

/** Sends the body, chunked without a length if `chunked` is set. */
function post(
  path: string,
  body: Buffer,
  headers: Record<string, string> = {},
  isChunked = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = isChunked ? {} : { 'content-length': String(body.length) };
    const options = {
      method: 'POST',
      headers: { ...JSON_TYPE, ...length, ...headers },
      agent: false as const,
    };
    const request = httpRequest(running.server.url + path, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => {
        const answered = text === '' ? {} : (JSON.parse(text) as Answer['body']);
        resolve({ status: response.statusCode, headers: response.headers, body: answered });
      });
    });
    request.once('error', reject);
    for (let at = 0; at < body.length; at += MIB) request.write(body.subarray(at, at + MIB));
    request.end();
  });
}

async function slowestHealth(during: Promise<unknown>): Promise<number> {
  let slowest = 0;
  const state = { isOver: false };
  const watched = during.finally(() => (state.isOver = true));
  while (!state.isOver) {
    const start = performance.now();
    await fetch(`${running.server.url}/health`);
    slowest = Math.max(slowest, performance.now() - start);
    await sleep(5);
  }
  await watched;
  return slowest;
}

describe('concurrent bodies of 15 MiB beyond the memory limit', () => {
  const body = Buffer.from(JSON.stringify({ metadata: { text: 'x'.repeat(15 * MIB) } }));

  it.each([
    ['with their length', false],
    ['in chunks', true],
  ])(
    '%s: some are accepted, the others get 503 try_again, and the server survives',
    async (_how, isChunked) => {
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => post('/sessions', body, {}, isChunked)),
      );
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([201, 503]));
      const busy = answers.find(({ status }) => status === 503);
      expect(busy).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'try_again' } });
      expect(running.server.process.exitCode).toBeNull();
      // The budget is free again.
      expect((await post('/sessions', body)).status).toBe(201);
    },
  );

  it('count with their uncompressed size', async () => {
    for (const [encoding, packed] of [
      ['gzip', gzipSync(body)],
      ['br', brotliCompressSync(body, FAST)],
    ] as const) {
      const headers = { 'content-encoding': encoding };
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => post('/sessions', packed, headers)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]));
    }
    expect((await post('/sessions', body)).status).toBe(201);
  });
});

describe('bodies whose clients stop sending', () => {
  it('keep out no small ones, and no others for longer than 10 s', async () => {
    const { hostname, port } = new URL(running.server.url);
    const head =
      `POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${16 * MIB}\r\n\r\n{"metadata":{"text":"`;
    let answers = '';
    // Almost all that there is for bodies which are not small.
    const stalled = [...Array<number>(7).fill(15.9), 8.2].map((size) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined).on('data', (data) => (answers += data.toString()));
      socket.write(head + 'x'.repeat(size * MIB));
      return socket;
    });
    const medium = Buffer.from(JSON.stringify({ metadata: { text: 'x'.repeat(MIB) } }));
    await until(async () => (await post('/sessions', medium)).status === 503, {
      what: 'the server to be full',
    });
    expect((await post('/sessions', Buffer.from('{"metadata":{}}'))).status).toBe(201);
    await until(async () => (await post('/sessions', medium)).status === 201, {
      what: 'room for others',
      timeoutMs: 15_000,
    });
    expect(answers).toContain('503 Service Unavailable');
    for (const socket of stalled) socket.destroy();
  });

  it('are none where they are only compressed: what counts is their real size', async () => {
    const packed = brotliCompressSync('{"metadata":{"small":true}}');
    const headers = { 'content-encoding': 'br' };
    const answers = await Promise.all(Array.from({ length: 60 }, () => post('/sessions', packed, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  });
});

describe('a body of 16 MiB', () => {
  const wide = (open: string, item: string, close: string) =>
    Buffer.from(open + item.repeat(Math.floor((16 * MIB - 64 - open.length) / item.length)) + close);

  it.each([
    ['of empty messages', wide('{"state":[', '{},', '{}]}'), 'body must not hold more than 250000 values'],
    ['of empty lists', wide('{"metadata":{"a":[', '[],', '[]]}}'), 'body must not hold more than'],
    ['of numbers', wide('{"metadata":{"a":[', '1,', '1]}}'), 'body must not hold more than'],
    ['of keys', wide('{"metadata":{', '"a":1,', '"a":1}}'), 'body must not hold more than'],
    ['of open brackets', wide('', '[', ''), 'body must not hold more than'],
  ])('%s is refused before it blocks other requests', async (_of, body, problem) => {
    let least = Infinity;
    // Blocking repeats every time; other work on this machine does not.
    for (let tries = 0; tries < 8 && least >= MAX_WAIT_MS; tries++) {
      const answer = post('/sessions', body);
      least = Math.min(least, await slowestHealth(answer));
      expect(await answer).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', message: [expect.stringContaining(problem)] },
      });
    }
    expect(least).toBeLessThan(MAX_WAIT_MS);
  });
});
