import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import type { AnyEvent } from '../../events/event.store.js';
import type { IdentifiedMessage } from '../../messages/chat-message.js';
import { piecesOf } from './compare-with-record.js';
import { type AnsweredInterrupt, callIdOf } from './interrupt-view.js';
import type { Piece, ShownAction } from './shown-action.js';

/** Successive messages of one turn, or without a turn, in a recorded history. */
export interface RecordedTurn {
  turnId: string | null;
  /** With the ids that clients gave to their messages. */
  messages: IdentifiedMessage[];
  /** The questions that the turn has asked. */
  answered: AnsweredInterrupt[];
}

/** The answered questions among the events of a turn. */
export async function answeredInterrupts(batches: AsyncIterable<AnyEvent[]>): Promise<AnsweredInterrupt[]> {
  const asked = new Map<string, SessionInterrupt>();
  const answered: AnsweredInterrupt[] = [];
  for await (const batch of batches) {
    for (const event of batch) {
      if (isOfType(event, 'turn.interrupted')) {
        for (const interrupt of event.interrupts) asked.set(interrupt.interrupt_id, interrupt);
      } else if (isOfType(event, 'turn.resumed')) {
        for (const { interrupt_id: id, value } of event.answers) {
          const interrupt = asked.get(id);
          if (interrupt) answered.push({ interrupt, value });
        }
      }
    }
  }
  return answered;
}

/**
 * What is shown of a recorded turn: its messages, and the questions that it has asked, which no message records. A
 * question about a recorded call stands behind the call, any other before the answer of the turn.
 */
export function recordedActions(
  messages: readonly IdentifiedMessage[],
  answered: readonly AnsweredInterrupt[],
): ShownAction[] {
  const last = messages.at(-1)?.message_id;
  const waiting = new Set(answered);
  const take = (matches: (one: AnsweredInterrupt) => boolean): ShownAction[] =>
    [...waiting].filter(matches).flatMap((one): ShownAction[] => {
      waiting.delete(one);
      return [
        { kind: 'interrupted', interrupts: [one.interrupt] },
        { kind: 'answered', answers: [one] },
      ];
    });
  const calls = new Set(messages.flatMap((message) => (message.tool_calls ?? []).map(({ id }) => id)));
  const isOfCall = (one: AnsweredInterrupt, piece: Piece) =>
    piece.kind === 'call' && piece.callId === callIdOf(one.interrupt);
  return messages.flatMap((message) => {
    const before =
      message.message_id === last ? take(({ interrupt }) => !calls.has(callIdOf(interrupt))) : [];
    const pieces = piecesOf(message).flatMap((piece) => [piece, ...take((one) => isOfCall(one, piece))]);
    return [...before, ...pieces];
  });
}

function isOfType<Type extends AnyEvent['type']>(
  event: AnyEvent,
  type: Type,
): event is Extract<AnyEvent, { type: Type }> {
  return event.type === type;
}
