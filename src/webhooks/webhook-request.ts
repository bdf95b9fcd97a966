import type { LookupAddress } from 'node:dns';
import {
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
  type RequestOptions,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** How much of an answer's body is read before the connection is closed, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What a receiver said. */
export interface WebhookResponse {
  statusCode: number;
  /** Milliseconds that the receiver asks to be left alone for. */
  retryAfter?: number;
}

/** A POST to a receiver. */
export interface WebhookPost {
  url: string;
  /** Where to connect to, whatever the URL's name is now. */
  addresses: LookupAddress[];
  headers: Record<string, string>;
  body: readonly Buffer[];
  /** Ends the exchange, whatever it is at. */
  signal: AbortSignal;
}

/**
 * Sends one POST. Redirects are not followed, proxies of the environment are not used, of the answer's body no more
 * than a little is read, and no connection is kept. Throws the signal's reason or the network's error; once the
 * status is known, it is the answer, whatever becomes of the rest.
 */
export async function postWebhook({ signal, ...post }: WebhookPost): Promise<WebhookResponse> {
  signal.throwIfAborted();
  const url = new URL(post.url);
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...post.headers, 'Content-Length': post.body.reduce((bytes, part) => bytes + part.length, 0) },
    agent: false,
    // The very addresses that were checked are connected to, so that a name cannot change in between.
    lookup: answerWith(post.addresses),
  };
  return exchange((url.protocol === 'https:' ? requestHttps : requestHttp)(url, options), post.body, signal);
}

/** Settles once and destroys the connection, by whatever event the exchange ends. */
function exchange(
  request: ClientRequest,
  body: readonly Buffer[],
  signal: AbortSignal,
): Promise<WebhookResponse> {
  return new Promise((resolve, reject) => {
    let answer: WebhookResponse | undefined;
    const end = (error?: Error) => {
      signal.removeEventListener('abort', abort);
      if (answer) resolve(answer);
      else reject(error ?? new Error('The connection was closed without an answer'));
      request.destroy();
    };
    const abort = () => {
      end(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    // It stays: a destroyed connection may still have an error to tell.
    request.on('error', end);
    request.on('close', () => {
      end();
    });
    request.on('response', (response) => {
      answer = answerOf(response);
      drain(response, end);
    });
    request.on('upgrade', (response, socket) => {
      // Node has let go of the connection, which is ours to end.
      socket.on('error', () => undefined);
      socket.destroy();
      answer = answerOf(response);
      end();
    });
    for (const part of body) request.write(part);
    request.end();
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): WebhookResponse {
  return { statusCode, retryAfter: parseRetryAfter(headers['retry-after']) };
}

/** Reads an answer's body to its end, or as far as it is read at all. */
function drain(response: IncomingMessage, ended: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= MAX_ANSWER_BYTES) ended();
  });
  for (const event of ['end', 'error', 'close']) {
    response.on(event, () => {
      ended();
    });
  }
}

/** Node's `lookup` option, for addresses that are known. It is not asked about literals. */
export function answerWith(addresses: LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_hostname, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** A `Retry-After` header, in seconds or as a date, in milliseconds from now. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
