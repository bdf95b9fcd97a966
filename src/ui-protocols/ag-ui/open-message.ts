import type { AgUiEvent } from './ag-ui-event.js';

/** The id of the message that shows the reasoning of an assistant's message. */
export function reasoningId(messageId: string): string {
  return `${messageId}-reasoning`;
}

/** The message whose text or reasoning is being sent: AG-UI wants each opened and closed. */
export class OpenMessage {
  private kind: 'text' | 'reasoning' | undefined;
  private id = '';

  add(kind: 'text' | 'reasoning', id: string, delta: string): AgUiEvent[] {
    // Clients refuse an empty delta.
    if (delta === '') return [];
    const opening = this.kind === kind && this.id === id ? [] : [...this.close(), ...this.begin(kind, id)];
    return [
      ...opening,
      kind === 'text'
        ? { type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta }
        : { type: 'REASONING_MESSAGE_CONTENT', messageId: reasoningId(id), delta },
    ];
  }

  close(): AgUiEvent[] {
    const { kind, id } = this;
    this.kind = undefined;
    if (kind === undefined) return [];
    if (kind === 'text') return [{ type: 'TEXT_MESSAGE_END', messageId: id }];
    const messageId = reasoningId(id);
    return [
      { type: 'REASONING_MESSAGE_END', messageId },
      { type: 'REASONING_END', messageId },
    ];
  }

  private begin(kind: 'text' | 'reasoning', id: string): AgUiEvent[] {
    this.kind = kind;
    this.id = id;
    if (kind === 'text') return [{ type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' }];
    const messageId = reasoningId(id);
    return [
      { type: 'REASONING_START', messageId },
      { type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' },
    ];
  }
}
