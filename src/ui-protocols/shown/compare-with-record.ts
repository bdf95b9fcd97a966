import type { IdentifiedMessage } from '../../messages/chat-message.js';
import type { Completion, Piece, ShownAction, TextPiece } from './shown-action.js';
import { messagesOf } from './messages-of.js';
import type { ShownAssistantMessage, ShownMessage } from './shown-message.js';

/** The pieces that show a recorded message; none for a message that is neither an assistant's nor a tool's. */
export function piecesOf(message: IdentifiedMessage): Piece[] {
  const {
    message_id: messageId,
    role,
    content,
    reasoning,
    tool_calls: calls,
    tool_call_id: callId,
  } = message;
  if (role === 'tool') {
    return callId ? [{ kind: 'result', messageId, callId, content: content ?? '' }] : [];
  }
  if (role !== 'assistant') return [];
  return [
    ...(reasoning ? [{ kind: 'reasoning', messageId, delta: reasoning } as const] : []),
    ...(content ? [{ kind: 'text', messageId, delta: content } as const] : []),
    ...(calls ?? []).map(({ id, function: { name, arguments: args } }) => {
      return { kind: 'call', messageId, callId: id, name, args } as const;
    }),
  ];
}

type Difference = Pick<Completion, 'unsent' | 'rewritten' | 'differs'>;

/** What a turn has recorded beyond, or other than, what was shown. `recorded` are the messages after the user's. */
export function compareWithRecord(
  actions: readonly ShownAction[],
  recorded: readonly IdentifiedMessage[],
): Difference {
  const shown = messagesOf(actions);
  const asked = new Set(actions.flatMap((action) => (action.kind === 'call' ? [action.callId] : [])));
  const left = new Set(shown.filter((message) => isAgents(message, asked)));
  const unsent: Piece[] = [];
  const rewritten: TextPiece[] = [];
  let differs = false;
  for (const message of recorded) {
    const twin = twinOf(message, left);
    if (!twin) {
      const pieces = piecesOf(message);
      differs ||= pieces.length === 0 || left.size > 0;
      unsent.push(...pieces);
      continue;
    }
    left.delete(twin);
    differs ||= twin.id !== message.message_id;
    if (twin.role === 'tool') {
      differs ||= twin.content !== (message.content ?? '');
      continue;
    }
    const pieces = piecesOf(message);
    unsent.push(...pieces.filter((piece) => piece.kind === 'call' && !has(twin, piece.callId)));
    differs ||= twin.calls.length > (message.tool_calls?.length ?? 0);
    const text = message.content ?? '';
    if (text === twin.text) continue;
    if (text.startsWith(twin.text)) {
      unsent.push({ kind: 'text', messageId: twin.id, delta: text.slice(twin.text.length) });
    } else {
      differs = true;
      if (text !== '') rewritten.push({ kind: 'text', messageId: twin.id, delta: text });
    }
  }
  return { unsent, rewritten, differs: differs || left.size > 0 };
}

/** Whether a message shows more than an interrupt, which is not recorded. */
function isAgents(message: ShownMessage, calls: ReadonlySet<string>): boolean {
  if (message.role === 'tool') return calls.has(message.callId);
  return message.text !== '' || message.reasoning !== '' || message.calls.some(({ id }) => calls.has(id));
}

/** What was shown of a recorded message: under its id, as the result of the same call, or with the same text. */
function twinOf(message: IdentifiedMessage, shown: ReadonlySet<ShownMessage>): ShownMessage | undefined {
  const all = [...shown].filter(({ role }) => role === message.role);
  return (
    all.find(({ id }) => id === message.message_id) ??
    all.find((other) => other.role === 'tool' && other.callId === message.tool_call_id) ??
    all.find((other) => other.role === 'assistant' && other.text !== '' && other.text === message.content)
  );
}

function has({ calls }: ShownAssistantMessage, callId: string): boolean {
  return calls.some(({ id }) => id === callId);
}
