import { randomUUID } from 'node:crypto';

import type { EmittedEvent } from '../agents/emitted-event.js';
import type { StreamedMessage, StreamedMessages } from '../messages/streamed-ids.js';

/** The messages that a run streams: which of them each of its events belongs to. */
export class RunStream implements StreamedMessages {
  readonly assistant: StreamedMessage[] = [];
  readonly tool: { id: string; toolCallId: string }[] = [];
  /** The type of the last event that belongs to a message. */
  private last: string | undefined;

  /** The event's own fields as JSON text, with the id of its message, if it has one. */
  dataOf(event: EmittedEvent): string {
    const id = this.messageOf(event);
    if (id === undefined) return event.fields;
    this.last = event.type;
    return `{"message_id":"${id}",${event.fields.slice(1)}`;
  }

  private messageOf({ type, text, toolCallId = '' }: EmittedEvent): string | undefined {
    switch (type) {
      case 'message.delta':
      case 'reasoning.delta': {
        // Calls end a message, and what comes after them is the next one.
        const message = this.current(this.last === 'tool.call' || this.last === 'tool.result');
        if (text !== undefined) message.text += text;
        return message.id;
      }
      case 'tool.call': {
        const message = this.current(this.last === 'tool.result');
        message.calls.push(toolCallId);
        return message.id;
      }
      case 'tool.result': {
        const id = randomUUID();
        this.tool.push({ id, toolCallId });
        return id;
      }
      default:
        return undefined;
    }
  }

  private current(isNext: boolean): StreamedMessage {
    const last = this.assistant.at(-1);
    if (last && !isNext) return last;
    const message = { id: randomUUID(), text: '', calls: [] };
    this.assistant.push(message);
    return message;
  }
}
