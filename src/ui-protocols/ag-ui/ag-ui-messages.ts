import type { ChatMessage, IdentifiedMessage } from '../../messages/chat-message.js';
import { mediaTypeOf } from '../image.js';
import type { ShownMessage } from '../shown/shown-message.js';
import type { AgUiContent, AgUiMessage, AgUiToolCall } from './ag-ui-event.js';
import { reasoningId } from './open-message.js';

/** A recorded message in AG-UI's form; with its reasoning, two. */
export function agUiMessages(message: IdentifiedMessage): AgUiMessage[] {
  const { message_id: id, role, content, reasoning, tool_calls: calls, tool_call_id: toolCallId } = message;
  const text = content ?? '';
  switch (role) {
    case 'user':
      return [{ id, role, content: userContent(message) }];
    case 'system':
      return [{ id, role, content: text }];
    case 'tool':
      return [{ id, role, toolCallId: toolCallId ?? '', content: text }];
    case 'assistant': {
      const toolCalls = (calls ?? []).map(({ id: callId, type, function: { name, arguments: args } }) => {
        return { id: callId, type, function: { name, arguments: args } };
      });
      return assistant(id, text, reasoning ?? '', toolCalls);
    }
  }
}

/** A message in AG-UI's form, as it was shown. */
export function agUiShownMessages(message: ShownMessage): AgUiMessage[] {
  if (message.role === 'tool') {
    const { id, role, callId, content } = message;
    return [{ id, role, toolCallId: callId, content }];
  }
  const { id, text, reasoning, calls } = message;
  const toolCalls = calls.map(({ id: callId, name, args }) => {
    return { id: callId, type: 'function', function: { name, arguments: args } } as const;
  });
  return assistant(id, text, reasoning, toolCalls);
}

/** An assistant without text has no `content`: clients refuse null. */
function assistant(id: string, text: string, reasoning: string, toolCalls: AgUiToolCall[]): AgUiMessage[] {
  const thoughts: AgUiMessage[] = reasoning
    ? [{ id: reasoningId(id), role: 'reasoning', content: reasoning }]
    : [];
  if (text === '' && toolCalls.length === 0 && thoughts.length > 0) return thoughts;
  return [
    ...thoughts,
    {
      id,
      role: 'assistant',
      ...(text === '' ? {} : { content: text }),
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    },
  ];
}

function userContent({ content, base64_image: image }: ChatMessage): string | AgUiContent[] {
  if (!image) return content ?? '';
  return [
    ...(content ? [{ type: 'text', text: content } as const] : []),
    { type: 'image', source: { type: 'data', value: image, mimeType: mediaTypeOf(image) } },
  ];
}
