/** A question to a person that pauses a turn. */
export interface SessionInterrupt {
  /** What an answer must name. */
  interrupt_id: string;
  /** The kind of question. */
  type: string;
  /** The question's content, including its `type`. */
  payload: Record<string, unknown>;
  /** ISO 8601, if the agent set an expiry. */
  expires_at?: string | undefined;
}
