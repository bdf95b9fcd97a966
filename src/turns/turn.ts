import { TURN_OUTCOMES, type TurnCode, type TurnOutcome } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** Where a turn stands; its outcome is final. */
export type TurnStatus = 'queued' | 'running' | 'interrupted' | TurnOutcome;

export const TURN_STATUSES: readonly TurnStatus[] = ['queued', 'running', 'interrupted', ...TURN_OUTCOMES];

/** A turn as the wire shows it; instants are ISO 8601 UTC. */
export interface TurnRecord {
  /** The turn's id, a UUID. */
  turn_id: string;
  /** 1 for the session's first turn, then 2… */
  number: number;
  /** The turn's state. */
  status: TurnStatus;
  /** What started it. */
  message: ChatMessage;
  /** The agent's answer; null before it and after an error. */
  response: ChatMessage | null;
  /** One line with the reason for which the turn failed; null otherwise. */
  error: string | null;
  /** Why it ended without success; null otherwise. */
  code: TurnCode | null;
  /** How many runs it has had: 0 while it has never left the queue. */
  attempt: number;
  /** The tokens that the agent reported; null if it reported none. */
  usage: { total_tokens: number } | null;
  /** When its message was accepted. */
  created_at: string;
  /** When its first run began; null before. */
  started_at: string | null;
  /** When it ended; null before. */
  ended_at: string | null;
}
