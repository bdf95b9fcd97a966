/** What accompanies an assistant's message. */
export interface UiMetadata {
  session_id: string;
  turn_id: string;
  usage?: { total_tokens: number };
}

/** A chunk of the AI SDK's UI message stream, of the types that version 6 knows. */
export type UiChunk =
  | { type: 'start'; messageId: string; messageMetadata: UiMetadata }
  | { type: 'start-step' | 'finish-step' | 'abort' }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'tool-input-available'; toolCallId: string; toolName: string; input: unknown; dynamic: true }
  | {
      type: 'tool-input-error';
      toolCallId: string;
      toolName: string;
      input: unknown;
      errorText: string;
      dynamic: true;
    }
  | { type: 'tool-approval-request'; approvalId: string; toolCallId: string }
  | { type: 'tool-output-available'; toolCallId: string; output: unknown; dynamic: true }
  | { type: 'tool-output-denied'; toolCallId: string }
  | { type: `data-${string}`; data: Record<string, unknown>; transient: true }
  | { type: 'error'; errorText: string }
  | { type: 'finish'; finishReason: 'stop' | 'tool-calls' | 'error'; messageMetadata: UiMetadata };
