import type { RequeueReason, TurnCode } from '../facts/turn-end.js';
import type { ChatMessage, IdentifiedMessage } from '../messages/chat-message.js';
import type { SessionInterrupt } from '../interrupts/interrupt.js';

/** Fields of every event of a session's log. */
export interface AboutEvent {
  /** The event's position in the log: 1, then 2… Grows with each event; gaps mean events that were removed. */
  id: number;
  /** The session's id, a UUID. */
  session_id: string;
  /** The turn that it is about; null for an event of the session. */
  turn_id: string | null;
  /** The run of the turn that it is about; null if the turn had no run, and for an event of the session. */
  attempt: number | null;
  /** When it was recorded, ISO 8601 UTC. */
  at: string;
}

/** Fields of the events that belong to a turn. */
export interface AboutTurnEvent extends AboutEvent {
  /** The turn that it is about. */
  turn_id: string;
}

/** Fields of the events that belong to one run of a turn. */
export interface AboutRunEvent extends AboutTurnEvent {
  /** The run of the turn: 1, then 2… */
  attempt: number;
}

/** A message was accepted. */
export interface LoggedTurnQueued extends AboutTurnEvent {
  /** The kind of event. */
  type: 'turn.queued';
  /** The message. */
  message: ChatMessage;
  /** The id under which the message is recorded if the turn succeeds. */
  message_id: string;
}

/** A run of the turn begins. What an earlier run of the turn streamed and did not record as a step is void. */
export interface LoggedTurnStarted extends AboutRunEvent {
  /** The kind of event. */
  type: 'turn.started';
}

/** A piece of an assistant's text. */
export interface LoggedMessageDelta extends AboutRunEvent {
  /** The kind of event. */
  type: 'message.delta';
  /** The assistant's message that it is a part of; a new one after each tool call. */
  message_id: string;
  /** The piece. */
  delta: string;
}

/** A piece of an assistant's reasoning. */
export interface LoggedReasoningDelta extends AboutRunEvent {
  /** The kind of event. */
  type: 'reasoning.delta';
  /** The assistant's message that it is a part of. */
  message_id: string;
  /** The piece. */
  delta: string;
}

/** The assistant calls a tool. */
export interface LoggedToolCall extends AboutRunEvent {
  /** The kind of event. */
  type: 'tool.call';
  /** The assistant's message that it is a part of. */
  message_id: string;
  /** What the result names. */
  tool_call_id: string;
  /** The tool. */
  name: string;
  /** Its arguments as JSON text. */
  arguments: string;
}

/** A tool has answered. */
export interface LoggedToolResult extends AboutRunEvent {
  /** The kind of event. */
  type: 'tool.result';
  /** The tool's message. */
  message_id: string;
  /** The call that it answers. */
  tool_call_id: string;
  /** The answer. */
  content: string;
}

/** A step of the agent was recorded. */
export interface LoggedStepCompleted extends AboutRunEvent {
  /** The kind of event. */
  type: 'step.completed';
  /** The step. */
  name: string;
}

/** The turn waits for a person. */
export interface LoggedTurnInterrupted extends AboutRunEvent {
  /** The kind of event. */
  type: 'turn.interrupted';
  /** The questions that are pending. */
  interrupts: SessionInterrupt[];
}

/** The last pending answer came, or a question expired with its value. */
export interface LoggedTurnResumed extends AboutTurnEvent {
  /** The kind of event. */
  type: 'turn.resumed';
  /** The answers. */
  answers: { interrupt_id: string; value: unknown }[];
}

/** A run has stopped before the turn ended; the turn will run again. */
export interface LoggedTurnRequeued extends AboutTurnEvent {
  /** The kind of event. */
  type: 'turn.requeued';
  /** Whether the worker died or was stopped. */
  reason: RequeueReason;
}

/** The turn has ended with a response. */
export interface LoggedTurnCompleted extends AboutRunEvent {
  /** The kind of event. */
  type: 'turn.completed';
  /** The agent's answer. */
  response: ChatMessage;
  /** The messages that were recorded, each with its id: from the turn's message to the response, or a new history. */
  messages: IdentifiedMessage[];
  /** The tokens that the agent reported; null if it reported none. */
  usage: { total_tokens: number } | null;
}

/** The turn has ended in an error or was cancelled. */
export interface LoggedTurnFailed extends AboutTurnEvent {
  /** The kind of event. */
  type: 'turn.failed';
  /** The reason in one line. */
  error: string;
  /** The machine-readable reason; `cancelled` for a cancelled turn. */
  code: TurnCode;
}

/** The session was deleted or has expired: the log ends. */
export interface LoggedSessionDeleted extends AboutEvent {
  /** The kind of event. */
  type: 'session.deleted';
}

/** An event of the agent's own: any type that is not ours, with the fields that the agent gave. */
export interface AgentEvent extends AboutRunEvent {
  /** The agent's type. */
  type: string;
  /** The event's own fields, JSON values. */
  [field: string]: unknown;
}

/**
 * An event of a session's log. `Own` are the events of the agent's own: name them to have them typed. Unless they are
 * named, skip an event whose `type` you do not know.
 *
 * @example
 * ```ts
 * type Progress = AgentEvent & { type: 'progress'; percent: number };
 *
 * function show(event: SessionEvent<Progress>): string {
 *   if (event.type === 'message.delta') return event.delta;
 *   if (event.type === 'progress') return `${event.percent} %`;
 *   return '';
 * }
 * ```
 */
export type SessionEvent<Own extends AgentEvent = never> =
  | LoggedTurnQueued
  | LoggedTurnStarted
  | LoggedMessageDelta
  | LoggedReasoningDelta
  | LoggedToolCall
  | LoggedToolResult
  | LoggedStepCompleted
  | LoggedTurnInterrupted
  | LoggedTurnResumed
  | LoggedTurnRequeued
  | LoggedTurnCompleted
  | LoggedTurnFailed
  | LoggedSessionDeleted
  | Own;
