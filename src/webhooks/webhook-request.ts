import type { LookupAddress } from 'node:dns';
import {
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
  type RequestOptions,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** Maximum number of bytes of a response body that are read before the connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** The response of a receiver. */
export interface WebhookResponse {
  statusCode: number;
  /** The value of `Retry-After`, in milliseconds. */
  retryAfter?: number;
}

/** A POST request to a receiver. */
export interface WebhookPost {
  url: string;
  /** The addresses to connect to, without another look-up of the name. */
  addresses: LookupAddress[];
  headers: Record<string, string>;
  body: readonly Buffer[];
  /** Aborts the request in any state. */
  signal: AbortSignal;
}

/**
 * Sends one POST. Does not follow redirects, ignores the environment's proxy settings, reads only the beginning of
 * the response body and does not reuse connections. Throws the signal's reason or the network error; once the status
 * has arrived, later errors are ignored.
 */
export async function postWebhook({ signal, ...post }: WebhookPost): Promise<WebhookResponse> {
  signal.throwIfAborted();
  const url = new URL(post.url);
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...post.headers, 'Content-Length': post.body.reduce((bytes, part) => bytes + part.length, 0) },
    agent: false,
    // Connects to exactly the addresses that were checked, so that the name cannot resolve differently in between.
    lookup: answerWith(post.addresses),
  };
  return exchange((url.protocol === 'https:' ? requestHttps : requestHttp)(url, options), post.body, signal);
}

/** Settles once, and destroys the connection, on the first event that ends the exchange. */
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
    // Stays registered, because a destroyed connection may still emit an error.
    request.on('error', end);
    request.on('close', () => {
      end();
    });
    request.on('response', (response) => {
      answer = answerOf(response);
      drain(response, end);
    });
    request.on('upgrade', (response, socket) => {
      // Node has released the connection, so it must be closed here.
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

/** Reads a response body to its end or to the size limit. */
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

/** A `lookup` option for Node with known addresses. Node does not call it for IP literals. */
export function answerWith(addresses: LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_hostname, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** Parses a `Retry-After` header, in seconds or as a date, into milliseconds from now. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
