import { effect, signal } from '@preact/signals';

import type { SessionStatus, SessionSummary } from '../../src/client/index.js';
import { client, isRefused } from './connection.js';
import { textOf } from './problem.js';

const PAGE_SIZE = 50;
/** What one request may ask for. */
const MOST = 1_000;
/** How often a list that is visible is read again. */
const REFRESH_MS = 5_000;

export const statusFilter = signal<SessionStatus | undefined>(undefined);
export const sessions = signal<readonly SessionSummary[] | undefined>(undefined);
export const hasMore = signal(false);
/** Why the list could not be read; empty if it could. */
export const listProblem = signal('');

const limit = signal(PAGE_SIZE);
let reading = new AbortController();

export function showMore(): void {
  limit.value = Math.min(limit.value + PAGE_SIZE, MOST);
}

/** Reads the list again; an earlier reading is given up. */
export function refreshList(): Promise<void> {
  return readList(statusFilter.peek(), limit.peek());
}

async function readList(status: SessionStatus | undefined, size: number): Promise<void> {
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  try {
    const list = await client.list({ order: 'updated', limit: size, status, signal });
    sessions.value = list;
    hasMore.value = list.next !== undefined && size < MOST;
    listProblem.value = '';
  } catch (error) {
    if (!signal.aborted) listProblem.value = textOf(error);
  }
}

/** Keeps the list up to date, for as long as the page exists. */
export function followList(): void {
  effect(() => {
    if (!isRefused.value) void readList(statusFilter.value, limit.value);
  });
  setInterval(() => {
    if (!document.hidden && !isRefused.peek()) void refreshList();
  }, REFRESH_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && !isRefused.peek()) void refreshList();
  });
}
