// Converts between the messages of a session and those of the AI SDK.
import type { AssistantModelMessage, ModelMessage, ToolModelMessage, ToolResultPart } from 'ai';
import type { ChatMessage } from 'nestjs-agent-sessions';

export function toModelMessage(message: ChatMessage): ModelMessage {
  const { role, tool_calls: calls } = message;
  const text = message.content ?? '';
  switch (role) {
    case 'assistant':
      return {
        role,
        content: [
          ...(text ? [{ type: 'text' as const, text }] : []),
          ...(calls ?? []).map((call) => ({
            type: 'tool-call' as const,
            toolCallId: call.id,
            toolName: call.function.name,
            input: JSON.parse(call.function.arguments) as unknown,
          })),
        ],
      };
    case 'tool':
      return {
        role,
        content: [
          {
            type: 'tool-result',
            toolCallId: message.tool_call_id ?? '',
            toolName: message.name ?? '',
            output: { type: 'text', value: text },
          },
        ],
      };
    default:
      return { role, content: text };
  }
}

export function fromModelMessages(messages: (AssistantModelMessage | ToolModelMessage)[]): ChatMessage[] {
  return messages.flatMap((message) =>
    message.role === 'assistant' ? [fromAssistant(message)] : fromTool(message),
  );
}

function fromAssistant({ content }: AssistantModelMessage): ChatMessage {
  if (typeof content === 'string') return { role: 'assistant', content };
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const calls = content
    .filter((part) => part.type === 'tool-call')
    .map(({ toolCallId: id, toolName: name, input }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: JSON.stringify(input) },
    }));
  return { role: 'assistant', content: text || null, tool_calls: calls.length > 0 ? calls : null };
}

function fromTool({ content }: ToolModelMessage): ChatMessage[] {
  return content
    .filter((part) => part.type === 'tool-result')
    .map(({ toolCallId, toolName, output }) => ({
      role: 'tool',
      tool_call_id: toolCallId,
      name: toolName,
      content: textOf(output),
    }));
}

function textOf(output: ToolResultPart['output']): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value;
    case 'execution-denied':
      return output.reason ?? 'Denied';
    default:
      return JSON.stringify(output.value);
  }
}
