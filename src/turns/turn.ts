import { TURN_OUTCOMES, type TurnCode, type TurnOutcome } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** Where a turn stands; its outcome is final. */
export type TurnStatus = 'queued' | 'running' | 'interrupted' | TurnOutcome;

export const TURN_STATUSES: readonly TurnStatus[] = ['queued', 'running', 'interrupted', ...TURN_OUTCOMES];

/** A turn as the wire shows it; instants are ISO 8601 UTC. */
export interface TurnRecord {
  turn_id: string;
  /** 1 for the session's first turn, then 2… */
  number: number;
  status: TurnStatus;
  /** What started it. */
  message: ChatMessage;
  response: ChatMessage | null;
  error: string | null;
  /** Why it ended without success; null otherwise. */
  code: TurnCode | null;
  /** How many runs it has had: 0 while it has never left the queue. */
  attempt: number;
  usage: { total_tokens: number } | null;
  created_at: string;
  /** When its first run began. */
  started_at: string | null;
  ended_at: string | null;
}
