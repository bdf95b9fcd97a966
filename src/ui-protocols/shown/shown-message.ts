/** A message of an assistant, as it was shown. */
export interface ShownAssistantMessage {
  role: 'assistant';
  id: string;
  text: string;
  reasoning: string;
  calls: { id: string; name: string; args: string }[];
}

/** A message of a tool, as it was shown. */
export interface ShownToolMessage {
  role: 'tool';
  id: string;
  callId: string;
  content: string;
}

export type ShownMessage = ShownAssistantMessage | ShownToolMessage;
