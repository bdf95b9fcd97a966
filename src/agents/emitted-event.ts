/** An event of an agent, checked, in the form in which it is stored. */
export interface EmittedEvent {
  type: string;
  /** JSON text: an object with the event's fields other than its type. */
  fields: string;
  /** The size that counts for the limits. */
  bytes: number;
  /** Identifies the message of the turn that the event belongs to: the text of a delta, or the call of a tool. */
  text?: string;
  toolCallId?: string;
}
