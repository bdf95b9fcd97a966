import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

import type { ErrorBody } from '../../src/index.js';

/** A request as it goes over the wire: no header and no body but these. */
export interface RawRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  /** Sent in one piece, with its length unless `headers` say that it is chunked. */
  body?: string;
}

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** Undefined where the text is no JSON. */
  body: Partial<ErrorBody> | undefined;
}

/** What `fetch` would not send: odd paths, no body with a type, chunks. */
export async function rawRequest(
  url: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  const sent = request(url, { method, path, headers: { connection: 'close', ...headers } });
  if (body !== undefined && !('transfer-encoding' in headers)) {
    sent.setHeader('content-length', Buffer.byteLength(body));
  }
  // Otherwise Node.js sends `transfer-encoding: chunked` where it does not know the length.
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
