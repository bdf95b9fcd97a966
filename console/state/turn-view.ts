import type {
  ChatMessage,
  IdentifiedMessage,
  SessionEvent,
  SessionInterrupt,
} from '../../src/client/index.js';

/** What an assistant has said. */
export interface SaidPart {
  kind: 'said';
  messageId: string;
  text: string;
  reasoning: string;
  image?: string | null | undefined;
}

/** A call of a tool, with its result once it has come. */
export interface ToolPart {
  kind: 'tool';
  callId: string;
  name: string;
  arguments: string;
  result?: string;
}

/** Something else that happened in a turn. */
export type OtherPart =
  | { kind: 'step'; name: string }
  | { kind: 'asked'; interrupts: SessionInterrupt[] }
  | { kind: 'answered'; answers: { interrupt_id: string; value: unknown }[] }
  | { kind: 'requeued'; reason: string }
  | { kind: 'own'; event: { type: string } };

export type TurnPart = SaidPart | ToolPart | OtherPart;

/** A turn as its events tell of it. */
export interface TurnView {
  id: string;
  message: ChatMessage | undefined;
  messageId: string;
  status: 'queued' | 'running' | 'interrupted' | 'completed' | 'failed' | 'cancelled';
  /** Runs so far. */
  attempt: number;
  parts: readonly TurnPart[];
  error: string | undefined;
  code: string | undefined;
  tokens: number | undefined;
  queuedAt: string;
  startedAt: string | undefined;
  endedAt: string | undefined;
}

export function newTurn(id: string, at: string): TurnView {
  const nothing = { message: undefined, error: undefined, code: undefined, tokens: undefined };
  const times = { queuedAt: at, startedAt: undefined, endedAt: undefined };
  return { id, messageId: '', status: 'queued', attempt: 0, parts: [], ...nothing, ...times };
}

export function isUnfinished({ status }: TurnView): boolean {
  return status === 'queued' || status === 'running' || status === 'interrupted';
}

/** The turn after one of its events. */
export function after(turn: TurnView, event: SessionEvent): TurnView {
  switch (event.type) {
    case 'turn.queued':
      return { ...turn, message: event.message, messageId: event.message_id, queuedAt: event.at };
    case 'turn.started': {
      // What an earlier run has streamed is void.
      const parts = turn.parts.filter((part) => !isRecorded(part) && part.kind !== 'own');
      const { attempt, at } = event;
      return { ...turn, status: 'running', attempt, parts, startedAt: turn.startedAt ?? at };
    }
    case 'message.delta':
      return said(turn, event.message_id, { text: event.delta });
    case 'reasoning.delta':
      return said(turn, event.message_id, { reasoning: event.delta });
    case 'tool.call': {
      const { tool_call_id: callId, name, arguments: given } = event;
      return added(turn, { kind: 'tool', callId, name, arguments: given });
    }
    case 'tool.result':
      return { ...turn, parts: withResult(turn.parts, event.tool_call_id, event.content) };
    case 'step.completed':
      return added(turn, { kind: 'step', name: event.name });
    case 'turn.interrupted':
      return added({ ...turn, status: 'interrupted' }, { kind: 'asked', interrupts: event.interrupts });
    case 'turn.resumed':
      return added({ ...turn, status: 'queued' }, { kind: 'answered', answers: event.answers });
    case 'turn.requeued':
      return added({ ...turn, status: 'queued' }, { kind: 'requeued', reason: event.reason });
    case 'turn.completed': {
      const tokens = event.usage?.total_tokens;
      const parts = [...turn.parts.filter((part) => !isRecorded(part)), ...recorded(turn, event.messages)];
      return { ...turn, status: 'completed', parts, tokens, endedAt: event.at };
    }
    case 'turn.failed': {
      const { error, code, at } = event;
      return { ...turn, status: code === 'cancelled' ? 'cancelled' : 'failed', error, code, endedAt: at };
    }
    case 'session.deleted':
      return turn;
    default:
      return added(turn, { kind: 'own', event });
  }
}

/** Whether it is of a kind that the turn's messages record at its end. */
function isRecorded({ kind }: TurnPart): boolean {
  return kind === 'said' || kind === 'tool';
}

function added(turn: TurnView, part: TurnPart): TurnView {
  return { ...turn, parts: [...turn.parts, part] };
}

/** Appends to what a message says so far. */
function said(turn: TurnView, messageId: string, more: { text?: string; reasoning?: string }): TurnView {
  const { text = '', reasoning = '' } = more;
  const index = turn.parts.findLastIndex((part) => part.kind === 'said' && part.messageId === messageId);
  const part = turn.parts[index];
  if (part?.kind !== 'said') return added(turn, { kind: 'said', messageId, text, reasoning });
  const longer = { ...part, text: part.text + text, reasoning: part.reasoning + reasoning };
  return { ...turn, parts: turn.parts.with(index, longer) };
}

function withResult(parts: readonly TurnPart[], callId: string, result: string): readonly TurnPart[] {
  const index = parts.findLastIndex((part) => part.kind === 'tool' && part.callId === callId);
  const call = parts[index];
  if (call?.kind !== 'tool') return [...parts, { kind: 'tool', callId, name: 'tool', arguments: '', result }];
  return parts.with(index, { ...call, result });
}

/** What the turn's recorded messages show. If the agent has replaced the history, the last one is its response. */
function recorded({ messageId }: TurnView, messages: IdentifiedMessage[]): readonly TurnPart[] {
  const own = messages[0]?.message_id === messageId ? messages.slice(1) : messages.slice(-1);
  return partsOf(own);
}

/** What messages show. */
export function partsOf(messages: (ChatMessage & { message_id?: string })[]): readonly TurnPart[] {
  let parts: readonly TurnPart[] = [];
  for (const message of messages) {
    const { role, content, reasoning, tool_calls, tool_call_id, base64_image: image } = message;
    if (role === 'tool') {
      parts = withResult(parts, tool_call_id ?? '', content ?? '');
      continue;
    }
    const text = content ?? '';
    if (text !== '' || reasoning || image) {
      const messageId = message.message_id ?? '';
      parts = [...parts, { kind: 'said', messageId, text, reasoning: reasoning ?? '', image }];
    }
    const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: given } }): ToolPart => {
      return { kind: 'tool', callId: id, name, arguments: given };
    });
    parts = [...parts, ...calls];
  }
  return parts;
}
