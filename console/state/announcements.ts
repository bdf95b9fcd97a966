import type { SessionEvent } from '../../src/client/index.js';

/** What a screen reader says of an event; undefined if nothing. Not the deltas: it says the whole answer. */
export function newsOf(event: SessionEvent): string | undefined {
  switch (event.type) {
    case 'turn.queued':
      return 'Message sent.';
    case 'tool.call':
      return `The agent calls ${event.name}.`;
    case 'turn.interrupted':
      return `The agent waits for ${event.interrupts.length === 1 ? 'an answer' : `${event.interrupts.length} answers`}.`;
    case 'turn.completed':
      return `Answer: ${event.response.content ?? 'without text'}`;
    case 'turn.failed':
      return event.code === 'cancelled' ? 'Turn cancelled.' : `Turn failed: ${event.error}`;
    case 'session.deleted':
      return 'Session deleted.';
    default:
      return undefined;
  }
}
