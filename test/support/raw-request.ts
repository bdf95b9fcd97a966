import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

import type { ErrorBody } from '../../src/index.js';

/** A request as sent over the wire: with no other headers or body. */
export interface RawRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  /** Sent in one piece, with its length unless `headers` declare chunked encoding. */
  body?: string;
}

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** Undefined if the text is not JSON. */
  body: Partial<ErrorBody> | undefined;
}

/** Sends requests that `fetch` cannot send: unusual paths, a content type without a body, chunks. */
export async function rawRequest(
  url: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const sent = request(url, { method, path, headers: { connection: 'close', ...headers } });
  if (body !== undefined && !('transfer-encoding' in headers)) {
    sent.setHeader('content-length', Buffer.byteLength(body));
  }
  // Otherwise Node.js sends `transfer-encoding: chunked` for an unknown length.
  else if (body === undefined && !('content-length' in headers)) sent.useChunkedEncodingByDefault = false;
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): Partial<ErrorBody> | undefined {
  try {
    return JSON.parse(text) as Partial<ErrorBody>;
  } catch {
    return undefined;
  }
}
