import type { AgentEvent, SessionEvent } from '../../src/events/session-event.js';

type AnyEvent = SessionEvent<AgentEvent>;

export const SESSION = '3f0c6d0e-8a54-4f0e-9d5a-0e5f3c8f2b11';
export const TURN = 'b6b3b7a4-7d0f-4a7d-8d2b-64f1c1d0c0aa';

/** What stands in a log beside the fields that every event has. */
export type Written = { type: string; attempt?: number } & Record<string, unknown>;

/** A log of one turn, written by hand: ids, times and the run are filled in. */
export function logOf(...written: Written[]): AnyEvent[] {
  let run = 0;
  return written.map((event, index) => {
    if (event.type === 'turn.started') run++;
    const about = { id: index + 1, session_id: SESSION, turn_id: TURN, attempt: run || null };
    return { ...about, at: '2026-01-01T00:00:00.000Z', ...event } as AnyEvent;
  });
}

export const queued = (content = 'hi', message_id = 'u1'): Written => ({
  type: 'turn.queued',
  message: { role: 'user', content },
  message_id,
});
export const started: Written = { type: 'turn.started' };
export const text = (message_id: string, delta: string): Written => ({
  type: 'message.delta',
  message_id,
  delta,
});
export const reasoning = (message_id: string, delta: string): Written => ({
  type: 'reasoning.delta',
  message_id,
  delta,
});
export const call = (message_id: string, tool_call_id: string, name = 'add', args = '{"a":1}'): Written => ({
  type: 'tool.call',
  message_id,
  tool_call_id,
  name,
  arguments: args,
});
export const result = (message_id: string, tool_call_id: string, content = '2'): Written => ({
  type: 'tool.result',
  message_id,
  tool_call_id,
  content,
});
export const step = (name = 'step'): Written => ({ type: 'step.completed', name });
export const approval = (interrupt_id = 'i1', payload: Record<string, unknown> = {}): Written => ({
  type: 'turn.interrupted',
  interrupts: [
    {
      interrupt_id,
      type: 'tool_approval',
      payload: { type: 'tool_approval', tool_name: 'refund', tool_args: { order: 7 }, ...payload },
    },
  ],
});
export const resumed = (value: unknown, interrupt_id = 'i1'): Written => ({
  type: 'turn.resumed',
  answers: [{ interrupt_id, value }],
});
export const completed = (...messages: Record<string, unknown>[]): Written => ({
  type: 'turn.completed',
  response: messages.at(-1) ?? {},
  messages: [{ role: 'user', content: 'hi', message_id: 'u1' }, ...messages],
  usage: { total_tokens: 9 },
});
export const said = (message_id: string, content: string): Record<string, unknown> => ({
  role: 'assistant',
  content,
  message_id,
});
export const failed = (error = 'it broke', code = 'agent_error'): Written => ({
  type: 'turn.failed',
  error,
  code,
});
