import { messagesOf } from '../shown/messages-of.js';
import { recordedActions, type RecordedTurn } from '../shown/recorded-turn.js';
import type { AgUiMessage } from './ag-ui-event.js';
import { agUiMessages, agUiShownMessages } from './ag-ui-messages.js';

/** A recorded turn in AG-UI's form, with the questions that it has asked. */
export function recordedAgUiMessages({ messages, answered }: RecordedTurn): AgUiMessage[] {
  if (answered.length === 0) return messages.flatMap(agUiMessages);
  const isInput = ({ role }: { role: string }) => role === 'user' || role === 'system';
  const others = messages.filter((message) => !isInput(message));
  return [
    ...messages.filter(isInput).flatMap(agUiMessages),
    ...messagesOf(recordedActions(others, answered)).flatMap(agUiShownMessages),
  ];
}
