import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { useServer } from './use-server.js';

const MIB = 2 ** 20;
const JSON_TYPE = { 'content-type': 'application/json' };

const running = useServer();

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: RequestInit['body'] | Readable;
}

async function send(path: string, { method = 'POST', headers = JSON_TYPE, body }: Sent) {
  const streaming = body instanceof Readable ? { duplex: 'half' as const } : {};
  const response = await fetch(running.server.url + path, {
    method,
    headers,
    body: body instanceof Readable ? (Readable.toWeb(body) as RequestInit['body']) : body,
    ...streaming,
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

const messages = async () => `/sessions/${await running.client.newSession()}/messages`;

const malformed = {
  status: 400,
  body: {
    statusCode: 400,
    error: 'Bad Request',
    message: 'The body is not valid JSON',
    code: 'malformed_json',
  },
};
const tooLarge = {
  status: 413,
  body: {
    statusCode: 413,
    error: 'Payload Too Large',
    message: 'The body is larger than 16 MiB',
    code: 'payload_too_large',
  },
};
const invalid = (problem: string) => ({
  status: 422,
  body: { statusCode: 422, error: 'Unprocessable Entity', message: [problem], code: 'validation_failed' },
});
const notAnObject = invalid('body must be a JSON object');
const notJson = invalid('body must be sent as application/json');

/** A message of about this many bytes. */
const messageOf = (size: number) => JSON.stringify({ content: 'x'.repeat(size) });

function* chunks(text: string): Generator<Buffer> {
  for (let at = 0; at < text.length; at += MIB) yield Buffer.from(text.slice(at, at + MIB));
}

describe('a body', () => {
  it.each(['{', '{"content": "a",}', '\u0000', '{"content": "a"} b', 'undefined'])(
    'that is not JSON, %j, is 400 in the API’s format',
    async (body) => {
      expect(await send('/sessions', { body })).toEqual(malformed);
      expect(await send(await messages(), { body })).toEqual(malformed);
    },
  );

  it.each(['[]', '5', '"text"', 'null', 'true'])(
    'that is JSON but not an object, %s, is 422',
    async (body) => {
      expect(await send(await messages(), { body })).toEqual(notAnObject);
    },
  );

  it('may be missing for a session, but not for a message', async () => {
    for (const headers of [{}, JSON_TYPE]) {
      expect(await send('/sessions', { headers })).toMatchObject({ status: 201 });
      expect(await send('/sessions', { headers, body: '' })).toMatchObject({ status: 201 });
      expect(await send(await messages(), { headers })).toEqual(notAnObject);
      expect(await send(await messages(), { headers, body: '' })).toEqual(notAnObject);
    }
  });

  it('that is empty and chunked counts as missing', async () => {
    const body = () => Readable.from([Buffer.alloc(0)]);
    expect(await send('/sessions', { body: body(), headers: {} })).toMatchObject({ status: 201 });
    expect(await send('/sessions', { body: body() })).toMatchObject({ status: 201 });
    expect(await send(await messages(), { body: body() })).toEqual(notAnObject);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('that is sent as %s is 422, and does not count as missing', async (type) => {
    const headers = { 'content-type': type };
    expect(await send(await messages(), { headers, body: '{"content":"a"}' })).toEqual(notJson);
    expect(await send('/sessions', { headers, body: '{"metadata":{}}' })).toEqual(notJson);
  });

  it('without a content type is 422', async () => {
    const body = new Blob(['{"content":"a"}']);
    expect(await send(await messages(), { headers: {}, body })).toEqual(notJson);
  });

  it('is decoded by the Unicode charset of its content type', async () => {
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf-16le'] as const) {
      const body = Buffer.from('{"content":"é"}', charset === 'utf-16le' ? 'utf16le' : 'utf8');
      const headers = { 'content-type': `application/json; charset=${charset}` };
      expect(await send(await messages(), { headers, body })).toMatchObject({ status: 202 });
    }
    const headers = { 'content-type': 'application/json; charset=latin1' };
    expect(await send(await messages(), { headers, body: '{}' })).toEqual(
      invalid('body must be encoded as UTF-8'),
    );
  });

  it.each([
    // A byte of U+2200 is that of a quotation mark. What is no JSON would be 400 if it were parsed.
    ['utf-16le', Buffer.from(`{"a":"\u2200","b":[${'{},'.repeat(300_000)}`, 'utf16le'), 'values'],
    ['utf-16', Buffer.from(`{"a":"\u2200","b":[${'{},'.repeat(300_000)}`, 'utf16le').swap16(), 'values'],
    ['utf-7', Buffer.from(`{+ACI-a+ACI-:+AFs-${'+AHsAfQAs-'.repeat(300_000)}1+AF0AfQ-`), 'UTF-8'],
  ])(
    'is refused before it is decoded where it holds too much or comes in %s',
    async (charset, body, problem) => {
      const headers = { 'content-type': `application/json; charset=${charset}` };
      expect(await send('/sessions', { headers, body })).toMatchObject({
        status: 422,
        body: { message: [expect.stringContaining(problem)] },
      });
    },
  );

  it('may be compressed', async () => {
    const id = await running.client.newSession();
    const body = gzipSync(messageOf(MIB));
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await send(`/sessions/${id}/messages`, { headers, body })).toMatchObject({ status: 202 });
    expect((await running.client.settled(id)).response?.content).toHaveLength(MIB + 'You said: '.length);

    const brotli = { ...JSON_TYPE, 'content-encoding': 'br' };
    const small = brotliCompressSync('{"content":"a"}');
    expect(await send(await messages(), { headers: brotli, body: small })).toMatchObject({ status: 202 });
  });

  it('that is not compressed as declared is a client error', async () => {
    const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await send('/sessions', { headers: gzip, body: '{}' })).toEqual(malformed);
    const half = gzipSync(messageOf(MIB)).subarray(0, 500);
    expect(await send('/sessions', { headers: gzip, body: half })).toEqual(malformed);
    const unknown = { ...JSON_TYPE, 'content-encoding': 'snappy' };
    expect(await send('/sessions', { headers: unknown, body: '{}' })).toEqual(
      invalid('body must be compressed with gzip, deflate or br, or not at all'),
    );
  });

  it('is accepted up to 16 MiB', async () => {
    const id = await running.client.newSession();
    const size = 16 * MIB - '{"content":""}'.length;
    const sent = await send(`/sessions/${id}/messages`, { body: messageOf(size) });
    expect(sent).toMatchObject({ status: 202 });
    expect(await running.client.settled(id)).toMatchObject({ status: 'idle' });
    expect(await send(await messages(), { body: messageOf(size + 1) })).toEqual(tooLarge);
  });

  it('of 17 MiB is 413 with every encoding', async () => {
    const body = messageOf(17 * MIB);
    expect(await send(await messages(), { body })).toEqual(tooLarge);
    expect(await send(await messages(), { body: Readable.from(chunks(body)) })).toEqual(tooLarge);
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await send(await messages(), { headers, body: gzipSync(body) })).toEqual(tooLarge);
    const text = { 'content-type': 'text/plain' };
    expect(await send(await messages(), { headers: text, body })).toEqual(tooLarge);
  });

  it('leaves the connection usable when it is refused', async () => {
    const url = new URL(await messages(), running.server.url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses = [];
    for (const body of ['{', messageOf(17 * MIB), '{"content":"a"}']) {
      statuses.push(await post(url, body, agent));
    }
    agent.destroy();
    expect(statuses).toEqual([400, 413, 202]);
  });

  it('of an unauthorized request is not read', async () => {
    const id = await running.client.newSession();
    const headers = { 'content-type': 'text/plain' };
    expect(await send(`/sessions/${id}`, { method: 'DELETE', headers, body: 'a' })).toEqual({ status: 204 });
  });
});

describe('a path that cannot be decoded', () => {
  it.each(['%ZZ', '%', '%FF', '%E0%A4%A', `${randomUUID()}%`])(
    'is a session id like any other: %s',
    async (id) => {
      const body = '{"content":"a"}';
      const answers = [
        await send(`/sessions/${id}`, { method: 'GET' }),
        await send(`/sessions/${id}?wait=true`, { method: 'GET' }),
        await send(`/sessions/${id}`, { method: 'DELETE' }),
        await send(`/sessions/${id}/messages`, { method: 'GET' }),
        await send(`/sessions/${id}/messages`, { body }),
        await send(`/sessions/${id}/cancel`, {}),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({
          status: 404,
          body: { statusCode: 404, code: 'session_not_found', message: `Session ${id} not found` },
        });
      }
    },
  );

  it('is 404 on other routes', async () => {
    expect(await send('/%ZZ', { method: 'GET' })).toMatchObject({ status: 404 });
  });
});

/** Sends a body on the agent's connection; returns the response status. */
function post(url: URL, body: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: JSON_TYPE, agent }, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode);
      });
    });
    request.once('error', reject).end(body);
  });
}
