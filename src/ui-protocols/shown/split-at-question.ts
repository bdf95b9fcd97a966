import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { callIdOf } from './interrupt-view.js';
import type { Piece } from './shown-action.js';
import type { ShownMessage } from './shown-message.js';

/**
 * Splits the messages of a turn that waits for answers: those before the question, and the pieces of the one that it
 * is about with all that follow. Some clients attach a question only to what they have seen streamed.
 */
export function splitAtQuestion(
  messages: ShownMessage[],
  pending: readonly SessionInterrupt[],
): { before: ShownMessage[]; pieces: Piece[] } {
  const asked = new Set(pending.map(callIdOf));
  const first = messages.findIndex(
    (message) => message.role === 'assistant' && message.calls.some(({ id }) => asked.has(id)),
  );
  const index = first === -1 ? messages.findLastIndex(({ role }) => role === 'assistant') : first;
  if (index === -1) return { before: messages, pieces: [] };
  return { before: messages.slice(0, index), pieces: messages.slice(index).flatMap(piecesOf) };
}

function piecesOf(message: ShownMessage): Piece[] {
  const { id: messageId } = message;
  if (message.role === 'tool') {
    const { callId, content } = message;
    return [{ kind: 'result', messageId, callId, content }];
  }
  const { text, reasoning, calls } = message;
  return [
    ...(reasoning ? [{ kind: 'reasoning', messageId, delta: reasoning } as const] : []),
    ...(text ? [{ kind: 'text', messageId, delta: text } as const] : []),
    ...calls.map(({ id: callId, name, args }) => ({ kind: 'call', messageId, callId, name, args }) as const),
  ];
}
