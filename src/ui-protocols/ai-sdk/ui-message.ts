import type { UiChunk, UiMetadata } from './ui-chunk.js';

/** A tool call in a message, in one of its states. */
export interface UiToolPart {
  type: 'dynamic-tool';
  toolName: string;
  toolCallId: string;
  state: 'input-available' | 'approval-requested' | 'output-available' | 'output-denied' | 'output-error';
  input: unknown;
  output?: unknown;
  errorText?: string;
  approval?: { id: string; approved?: boolean };
}

/** A part of a message, of the types that we make. */
export type UiPart =
  | { type: 'step-start' }
  | { type: 'text' | 'reasoning'; text: string; state?: 'done' }
  | { type: 'file'; mediaType: string; url: string }
  | UiToolPart;

/** A message as the AI SDK's clients hold it. */
export interface UiMessage {
  id: string;
  role: 'system' | 'user' | 'assistant';
  metadata?: Partial<UiMetadata>;
  parts: UiPart[];
}

/** The message that a client makes of a stream. */
export function messageOfChunks(chunks: readonly UiChunk[]): UiMessage {
  const message: UiMessage = { id: '', role: 'assistant', parts: [] };
  const tools = new Map<string, UiToolPart>();
  for (const chunk of chunks) {
    switch (chunk.type) {
      case 'start':
        message.id = chunk.messageId;
        message.metadata = chunk.messageMetadata;
        break;
      case 'finish':
        message.metadata = { ...message.metadata, ...chunk.messageMetadata };
        break;
      case 'start-step':
        message.parts.push({ type: 'step-start' });
        break;
      case 'text-start':
        message.parts.push({ type: 'text', text: '', state: 'done' });
        break;
      case 'reasoning-start':
        message.parts.push({ type: 'reasoning', text: '', state: 'done' });
        break;
      case 'text-delta':
      case 'reasoning-delta':
        append(message.parts, chunk.delta);
        break;
      case 'tool-input-available':
      case 'tool-input-error': {
        const { toolCallId, toolName, input } = chunk;
        const part: UiToolPart = {
          type: 'dynamic-tool',
          toolName,
          toolCallId,
          state: 'input-available',
          input,
        };
        if (chunk.type === 'tool-input-error') {
          Object.assign(part, { state: 'output-error', errorText: chunk.errorText });
        }
        tools.set(toolCallId, part);
        message.parts.push(part);
        break;
      }
      case 'tool-approval-request': {
        const part = tools.get(chunk.toolCallId);
        if (part) Object.assign(part, { state: 'approval-requested', approval: { id: chunk.approvalId } });
        break;
      }
      case 'tool-output-available': {
        const part = tools.get(chunk.toolCallId);
        if (part) settle(part, { state: 'output-available', output: chunk.output }, true);
        break;
      }
      case 'tool-output-denied': {
        const part = tools.get(chunk.toolCallId);
        if (part) settle(part, { state: 'output-denied' }, false);
        break;
      }
      case 'text-end':
      case 'reasoning-end':
      case 'finish-step':
      case 'abort':
      case 'error':
        break;
    }
  }
  return message;
}

function append(parts: UiPart[], delta: string): void {
  const last = parts.at(-1);
  if (last && 'text' in last) last.text += delta;
}

function settle(part: UiToolPart, change: Partial<UiToolPart>, approved: boolean): void {
  Object.assign(part, change, part.approval ? { approval: { ...part.approval, approved } } : {});
}
