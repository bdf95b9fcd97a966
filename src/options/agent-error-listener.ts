import type { Turn } from '../agents/agent.js';

/** The turn in which an agent failed. */
export type FailedTurn = Pick<Turn, 'sessionId' | 'turnId' | 'owner' | 'metadata' | 'attempt' | 'message'>;

/**
 * Called with what an agent threw, or with the error of a result that is invalid, beside the log: for a service that
 * collects errors. It is not called for a run that was cut off, because its agent's error is a consequence. What it
 * throws, or rejects with, is logged and changes nothing.
 *
 * @example
 * ```ts
 * const onAgentError: AgentErrorListener = (error, { sessionId, turnId }) => {
 *   console.error(sessionId, turnId, error);
 * };
 * ```
 */
export type AgentErrorListener = (error: unknown, turn: FailedTurn) => void;
