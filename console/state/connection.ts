import { signal } from '@preact/signals';

import { createClient } from '../../src/client/index.js';
import { HttpRequests } from '../../src/client/http-requests.js';

/** The API's address: a host serves the page at `…/console` beside it, the standalone server at `/`. */
const baseUrl = location.origin + location.pathname.replace(/\/(console)?$/, '');

/** Kept as long as the browser's tab, and read by this origin alone. */
const STORED_KEY = `agent-sessions-key:${baseUrl}`;

/** What requests carry as a bearer token; empty for none. */
export const apiKey = signal(sessionStorage.getItem(STORED_KEY) ?? '');

/** Whether the server has refused a request because of its key. */
export const isRefused = signal(false);

export function useKey(key: string): void {
  if (key === '') sessionStorage.removeItem(STORED_KEY);
  else sessionStorage.setItem(STORED_KEY, key);
  apiKey.value = key;
  isRefused.value = false;
}

const options = {
  baseUrl,
  headers: (): Record<string, string> =>
    apiKey.peek() === '' ? {} : { authorization: `Bearer ${apiKey.peek()}` },
  fetch: async (...request: Parameters<typeof fetch>) => {
    const key = apiKey.peek();
    const response = await fetch(...request);
    // A late answer to a request with an older key says nothing about this one.
    if (response.status === 401 && key === apiKey.peek()) isRefused.value = true;
    return response;
  },
};

export const client = createClient(options);

/** For what the client library has no method. */
export const requests = new HttpRequests(options);
