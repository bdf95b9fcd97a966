import type { LookupAddress } from 'node:dns';
import { type ClientRequest, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

import { publicAddresses } from './public-address.js';

/** What a receiver said. */
export interface WebhookResponse {
  statusCode: number;
  /** Milliseconds that the receiver asks to be left alone for. */
  retryAfter?: number;
}

/** A POST to a receiver. */
export interface WebhookPost {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  allowPrivateAddresses: boolean;
}

/**
 * Sends one POST and answers as soon as the receiver's status is known. Redirects are not followed, proxies of
 * the environment are not used, the body of the answer is not read, and no connection is kept. Throws an
 * AddressRefused, the signal's reason, or the network's error.
 */
export async function postWebhook(post: WebhookPost): Promise<WebhookResponse> {
  const url = new URL(post.url);
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...post.headers, 'Content-Length': Buffer.byteLength(post.body) },
    agent: false,
    signal: post.signal,
  };
  if (!post.allowPrivateAddresses) {
    // The very addresses that were checked are connected to, so that a name cannot change in between.
    options.lookup = answerWith(await withSignal(publicAddresses(url.hostname), post.signal));
  }
  return exchange((url.protocol === 'https:' ? requestHttps : requestHttp)(url, options), post.body);
}

function exchange(request: ClientRequest, body: string): Promise<WebhookResponse> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const retryAfter = parseRetryAfter(response.headers['retry-after']);
      resolve({ statusCode: response.statusCode ?? 0, retryAfter });
      request.destroy();
    });
    request.end(body);
  });
}

/** Node's `lookup` option, for addresses that are known. It is not asked about literals. */
export function answerWith(addresses: LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_hostname, options, callback) => {
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
    promise.then(resolve, reject);
  });
}

/** A `Retry-After` header, in seconds or as a date, in milliseconds from now. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
