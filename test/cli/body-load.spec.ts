import { describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { until } from '../support/until.js';
import { useServer } from './use-server.js';

const MIB = 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };
/** Of 15 MiB each: two to three more than the memory for bodies. */
const AT_ONCE = 10;
/** How long a request may wait while a large body is read and refused. */
const MAX_WAIT_MS = 250;
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** The memory for bodies is 128 MiB, an eighth of this heap. */
const running = useServer({ env: { NODE_OPTIONS: '--max-old-space-size=1024' } });

interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: { code?: string; message?: unknown };
}

interface Sending {
  headers?: Record<string, string>;
  /** Without the length. */
  isChunked?: boolean;
  /** What the last byte waits for. */
  end?: Promise<unknown>;
}

function post(
  path: string,
  body: Buffer,
  { headers = {}, isChunked = false, end = Promise.resolve() }: Sending = {},
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
    const most = body.subarray(0, -1);
    for (let at = 0; at < most.length; at += MIB) request.write(most.subarray(at, at + MIB));
    void end.then(() => request.end(body.subarray(-1)));
  });
}

/** Sends it on many connections, and its last byte when the first is answered, so that none is complete before. */
async function postAtOnce(body: Buffer, sending: Sending): Promise<Answer[]> {
  let refuse: (value?: unknown) => void = () => undefined;
  const end = new Promise((resolve) => (refuse = resolve));
  const answers = Array.from({ length: AT_ONCE }, () => post('/sessions', body, { ...sending, end }));
  for (const answer of answers) void answer.then(refuse, refuse);
  return Promise.all(answers);
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
  const text = 'x'.repeat(15 * MIB);
  const stored = Buffer.from(JSON.stringify({ metadata: { text } }));
  /** Costs only what its size does: no answer repeats it. */
  const dropped = Buffer.from(JSON.stringify({ unknown: text }));

  it.each([
    ['with their length', stored, false],
    ['in chunks', dropped, true],
  ])(
    '%s: some are accepted, the others get 503 try_again, and the server survives',
    async (_how, body, isChunked) => {
      const answers = await postAtOnce(body, { isChunked });
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([201, 503]));
      const busy = answers.find(({ status }) => status === 503);
      expect(busy).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'try_again' } });
      expect(running.server.process.exitCode).toBeNull();
      // The budget is free again.
      expect((await post('/sessions', body)).status).toBe(201);
    },
  );

  it.each([
    ['gzip', gzipSync(dropped)],
    ['br', brotliCompressSync(dropped, FAST)],
  ])('count with their uncompressed size: %s', async (encoding, packed) => {
    const answers = await postAtOnce(packed, { headers: { 'content-encoding': encoding } });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]));
    expect((await post('/sessions', dropped)).status).toBe(201);
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
      intervalMs: 250,
    });
    expect(answers).toContain('503 Service Unavailable');
    for (const socket of stalled) socket.destroy();
  });

  it('are none where they are only compressed: what counts is their real size', async () => {
    const packed = brotliCompressSync('{"metadata":{"small":true}}');
    const headers = { 'content-encoding': 'br' };
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post('/sessions', packed, { headers })),
    );
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
