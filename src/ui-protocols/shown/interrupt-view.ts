import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { isJsonObject } from '../../json/json-object.js';

/** A tool call that an interrupt asks about. */
export interface ApprovalCall {
  /** The agent's id of the call, or the interrupt's where the agent gave none. */
  callId: string;
  name: string;
  /** JSON text. */
  args: string;
  /** Whether the call is the agent's own, so that the agent may also report its result. */
  isAgents: boolean;
}

/** An interrupt with the answer that it got. */
export interface AnsweredInterrupt {
  interrupt: SessionInterrupt;
  value: unknown;
}

/** The call that a `tool_approval` asks about; undefined for any other interrupt. */
export function approvalCall({ interrupt_id, type, payload }: SessionInterrupt): ApprovalCall | undefined {
  if (type !== 'tool_approval') return undefined;
  const { tool_call_id: callId, tool_name: name, tool_args: args } = payload;
  const isAgents = typeof callId === 'string' && callId !== '';
  return {
    callId: isAgents ? callId : interrupt_id,
    name: typeof name === 'string' ? name : type,
    args: typeof args === 'string' ? args : JSON.stringify(args ?? {}),
    isAgents,
  };
}

/** The id under which a client knows what an interrupt asks about. */
export function callIdOf(interrupt: SessionInterrupt): string {
  return approvalCall(interrupt)?.callId ?? interrupt.interrupt_id;
}

/** Whether an answer to a `tool_approval` lets the call happen. */
export function isApproved(value: unknown): boolean {
  return isJsonObject(value) && value.approved === true;
}

/** An answer as the content of a tool's message. */
export function answerText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
