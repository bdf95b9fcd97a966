/** An answer that is not a success. `code` is stable, `message` is for people. */
export class ApiError extends Error {
  constructor(status, body) {
    super([body.message ?? `The server answered ${status}`].flat().join('; '));
    this.status = status;
    this.code = body.code;
    this.turnId = body.turn_id;
  }
}

/** `headers` is called for each request, so that it can return a fresh token. */
export function createSessionsApi(baseUrl, headers = () => ({})) {
  /** Repeats a request that had no answer, or a temporary error. Only for requests that may be repeated. */
  async function request(method, path, { body, key, signal, tries = 5 } = {}) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await requestOnce(method, path, { body, key, signal });
      } catch (error) {
        if (signal?.aborted || attempt >= tries || !isTemporary(error)) throw error;
        await pause(Math.min(250 * 2 ** attempt, 8_000), signal);
      }
    }
  }

  async function requestOnce(method, path, { body, key, signal }) {
    // A connection can be lost without an error, for example while a laptop sleeps.
    const limit = AbortSignal.timeout(40_000);
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        ...headers(),
        ...(body && { 'Content-Type': 'application/json' }),
        ...(key && { 'Idempotency-Key': key }),
      },
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
    return response.status === 204 ? undefined : await response.json();
  }

  return {
    create: (metadata, key = crypto.randomUUID()) =>
      request('POST', '/sessions', { body: { metadata }, key }),

    list: (query = 'order=updated&limit=50') => request('GET', `/sessions?${query}`),

    /** Resolves with `{ turn_id }` once the message is stored. The same key again is the same message. */
    send: (id, message, key = crypto.randomUUID()) =>
      request('POST', `/sessions/${id}/messages`, { body: message, key }),

    /** Resolves with the turn once it has ended. Waits and reconnects until `signal` is aborted. */
    async wait(id, turnId, signal) {
      for (;;) {
        const path = `/sessions/${id}/turns/${turnId}?wait=true&timeout=25`;
        const turn = await request('GET', path, { signal, tries: Infinity });
        if (turn.status !== 'queued' && turn.status !== 'running') return turn;
        await pause(250, signal); // A server that stops answers all polls at once.
      }
    },

    /** What a screen shows: the history, and the last turn if its message is not in the history. */
    async load(id, signal) {
      const { turn_id: turnId } = await request('GET', `/sessions/${id}`, { signal });
      const turn = turnId && (await request('GET', `/sessions/${id}/turns/${turnId}`, { signal }));
      const messages = await request('GET', `/sessions/${id}/messages?ids=true`, { signal });
      const recorded = turn?.status === 'completed' || messages.some((message) => message.turn_id === turnId);
      return { messages, turn: recorded ? null : turn };
    },

    /** With the turn's id a late click cannot cancel the next turn. */
    cancel: (id, turnId) => request('POST', `/sessions/${id}/cancel`, { body: { turn_id: turnId } }),

    remove: (id) => request('DELETE', `/sessions/${id}`),
  };
}

function isTemporary(error) {
  if (!(error instanceof ApiError)) return true; // No answer: offline, a lost connection, too slow.
  if (error.code === 'session_limit_reached') return false;
  return [429, 502, 503, 504].includes(error.status) || error.code === 'idempotency_in_progress';
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
  });
}
