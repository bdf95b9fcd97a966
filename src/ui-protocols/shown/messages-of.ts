import { approvalCall, answerText, isApproved } from './interrupt-view.js';
import type { ShownAction } from './shown-action.js';
import type { ShownAssistantMessage, ShownMessage } from './shown-message.js';

/** The messages that the actions of a turn amount to, in the order of their beginnings. */
export function messagesOf(actions: readonly ShownAction[]): ShownMessage[] {
  const messages = new Map<string, ShownMessage>();
  const calls = new Set<string>();
  const assistant = (id: string): ShownAssistantMessage => {
    const found = messages.get(id);
    if (found?.role === 'assistant') return found;
    const message: ShownAssistantMessage = { role: 'assistant', id, text: '', reasoning: '', calls: [] };
    messages.set(id, message);
    return message;
  };
  const call = (messageId: string, id: string, name: string, args: string) => {
    if (calls.has(id)) return;
    calls.add(id);
    assistant(messageId).calls.push({ id, name, args });
  };
  for (const action of actions) {
    switch (action.kind) {
      case 'text':
        assistant(action.messageId).text += action.delta;
        break;
      case 'reasoning':
        assistant(action.messageId).reasoning += action.delta;
        break;
      case 'call':
        call(action.messageId, action.callId, action.name, action.args);
        break;
      case 'result':
        messages.set(action.messageId, { role: 'tool', ...pick(action) });
        break;
      case 'interrupted':
        for (const interrupt of action.interrupts) {
          const asked = approvalCall(interrupt);
          if (asked) call(interrupt.interrupt_id, asked.callId, asked.name, asked.args);
        }
        break;
      case 'answered':
        for (const { interrupt, value } of action.answers) {
          const asked = approvalCall(interrupt);
          if (!asked || (asked.isAgents && isApproved(value))) continue;
          const id = answerMessageId(interrupt.interrupt_id);
          messages.set(id, { role: 'tool', id, callId: asked.callId, content: answerText(value) });
        }
        break;
      case 'own':
      case 'restated':
      case 'completed':
      case 'failed':
      case 'deleted':
        break;
    }
  }
  return [...messages.values()];
}

/** The id of the tool message that shows the answer to an interrupt. */
export function answerMessageId(interruptId: string): string {
  return `${interruptId}-answer`;
}

function pick({ messageId, callId, content }: { messageId: string; callId: string; content: string }) {
  return { id: messageId, callId, content };
}
