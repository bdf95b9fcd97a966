import { TURN_OUTCOMES, type TurnCode, type TurnOutcome } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** State of a turn; its outcomes are final. */
export type TurnStatus = 'queued' | 'running' | 'interrupted' | TurnOutcome;

export const TURN_STATUSES: readonly TurnStatus[] = ['queued', 'running', 'interrupted', ...TURN_OUTCOMES];

/** A turn, as the API returns it; instants are ISO 8601 UTC. */
export interface TurnRecord {
  /** The turn's id, a UUID. */
  turn_id: string;
  /** 1 for the session's first turn, then 2… */
  number: number;
  /** The turn's state. */
  status: TurnStatus;
  /** The message that started it. */
  message: ChatMessage;
  /** The agent's answer; null before it and after an error. */
  response: ChatMessage | null;
  /** One line with the reason for which the turn failed; null otherwise. */
  error: string | null;
  /** The machine-readable reason if it ended without success; null otherwise. */
  code: TurnCode | null;
  /** Number of its runs: 0 before the first. */
  attempt: number;
  /** The tokens that the agent reported; null if it reported none. */
  usage: { total_tokens: number } | null;
  /** Time of its acceptance. */
  created_at: string;
  /** Start of its first run; null before. */
  started_at: string | null;
  /** Time of its end; null before. */
  ended_at: string | null;
}

/** A page of a session's turns. */
export interface TurnPage {
  /** The turns of the page, oldest first. */
  turns: TurnRecord[];
  /** The number of the page's last turn, where more follow. */
  next?: number;
}
