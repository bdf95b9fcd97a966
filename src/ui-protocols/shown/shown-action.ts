import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type { AnsweredInterrupt } from './interrupt-view.js';
import type { ShownMessage } from './shown-message.js';

/** A piece of an assistant's text or reasoning. */
export interface TextPiece {
  kind: 'text' | 'reasoning';
  messageId: string;
  delta: string;
}

/** A tool call of an assistant; `args` is JSON text. */
export interface CallPiece {
  kind: 'call';
  messageId: string;
  callId: string;
  name: string;
  args: string;
}

/** The result of a tool call. */
export interface ResultPiece {
  kind: 'result';
  messageId: string;
  callId: string;
  content: string;
}

/** What a run adds to the conversation, and a later run of the turn makes void unless a step recorded it. */
export type Piece = TextPiece | CallPiece | ResultPiece;

/** How a turn's record differs from what was shown. */
export interface Completion {
  kind: 'completed';
  usage: { total_tokens: number } | null;
  /** What is recorded and was not shown. */
  unsent: Piece[];
  /** Texts that replace ones that were shown under the same id. */
  rewritten: TextPiece[];
  /** Whether the record differs from what is shown after `unsent`. */
  differs: boolean;
}

/**
 * What a client is shown of a turn, one change at a time, independent of the protocol. It is the log without what a
 * client must not see twice or at all.
 */
export type ShownAction =
  | Piece
  /** An event of the agent's own. */
  | { kind: 'own'; name: string; value: Record<string, unknown> }
  | { kind: 'interrupted'; interrupts: SessionInterrupt[] }
  | { kind: 'answered'; answers: AnsweredInterrupt[] }
  /** Something that was shown is void: these are the messages of the turn without it. */
  | { kind: 'restated'; messages: ShownMessage[] }
  | Completion
  | { kind: 'failed'; error: string; code: TurnCode }
  | { kind: 'deleted' };

/** Whether an action is a piece. */
export function isPiece(action: ShownAction): action is Piece {
  return ['text', 'reasoning', 'call', 'result'].includes(action.kind);
}

/** Whether nothing of the turn follows an action until a person or a new message does something. */
export function endsSegment({ kind }: ShownAction): boolean {
  return kind === 'interrupted' || kind === 'completed' || kind === 'failed' || kind === 'deleted';
}
