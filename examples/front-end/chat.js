import { ApiError } from './sessions.js';

/**
 * Sends a text and shows what happens: `show({ text, state, error })`, with `state` one of `sending`, `running`,
 * `completed`, `failed`, `cancelled` and `interrupted`. Resolves when the turn has ended.
 */
export async function ask(api, id, text, show, signal) {
  show({ text, state: 'sending' });
  try {
    const { turn_id: turnId } = await send(api, id, text, signal);
    show({ text, state: 'running', turnId });
    const turn = await api.wait(id, turnId, signal);
    show({ text, state: turn.status, turnId, answer: turn.response?.content, error: turn.error });
  } catch (error) {
    if (signal?.aborted) return; // The screen was closed; the turn continues.
    show({ text, state: 'failed', error: explain(error) });
  }
}

/** One key for all attempts, so that the message is accepted once. */
async function send(api, id, text, signal) {
  const key = crypto.randomUUID();
  for (;;) {
    try {
      return await api.send(id, { content: text }, key);
    } catch (error) {
      if (error.code !== 'session_busy') throw error;
      await api.wait(id, error.turnId, signal); // For example sent from another tab.
    }
  }
}

function explain(error) {
  if (!(error instanceof ApiError)) return 'There is no connection. Your text was kept.';
  switch (error.status) {
    case 401:
      return 'Please sign in again.';
    case 404:
      return 'This conversation no longer exists.';
    case 413:
      return 'This message, or the conversation, is too long.';
    case 503:
      return 'The service is not available now. Please try again.';
    default:
      return error.message;
  }
}
