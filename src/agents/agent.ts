import type { ChatMessage } from '../messages/chat-message.js';

/** Injection token of the {@link Agent}. */
export const AGENT = Symbol.for('nestjs-agent-sessions:agent');

/**
 * The one thing a host brings: something that answers a message. It may be a class resolved by Nest's
 * injection, an instance or a plain function.
 */
export interface Agent {
  runTurn(turn: Turn): Promise<TurnOutput> | TurnOutput;
}

/** An agent that needs no state of its own. */
export type AgentFunction = Agent['runTurn'];

/** One accepted message and all that an agent needs to answer it. Its functions need no `this`: they may be taken out. */
export interface Turn {
  readonly sessionId: string;
  readonly turnId: string;
  /** Counts every run of this turn: 1, then 2… after a worker died or stopped, or an interrupt was answered. */
  readonly attempt: number;
  /** The message that started the turn, `user_params` included, `webhook` excluded. */
  readonly message: ChatMessage;
  /** The conversation before it, oldest first. */
  readonly history: ChatMessage[];
  /** Aborted by cancel, delete, time-out, lost lease or shutdown; what the agent returns after that is ignored. */
  readonly signal: AbortSignal;
  /** Runs once; its JSON result is replayed on later attempts. Not available yet: rejects. */
  step<T>(
    this: void,
    name: string,
    run: (step: { idempotencyKey: string }) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<T>;
  /** Pauses the turn until a client answers. Not available yet: rejects. */
  interrupt<T = unknown>(this: void, payload: InterruptPayload, options?: InterruptOptions): Promise<T>;
  /** Streams a piece of the answer to `/events`. Checked, and dropped until there are event streams. */
  emit(this: void, delta: string | TurnEvent): void;
  /** Adds to the turn's token usage; may be called several times. */
  usage(this: void, tokens: { total_tokens: number }): void;
}

/** What a run of an agent may return. */
export type TurnOutput =
  /** The content of the assistant's response. */
  | string
  /** The response. */
  | ChatMessage
  /** Recorded as history + message + messages + response. */
  | { response: ChatMessage; messages?: ChatMessage[] | undefined }
  /** The history is replaced by exactly this. */
  | { response: ChatMessage; history: ChatMessage[] };

/** What an agent may stream beside plain text: any JSON object that says its type. */
export interface TurnEvent {
  type: string;
  [field: string]: unknown;
}

/** What is right when a step's process died between its effect and its record. */
export interface StepOptions {
  onUnknown?: 'retry' | 'fail' | 'ask' | undefined;
}

/** What a person is asked. `tool_approval` and `user_input` are the conventional types. */
export interface InterruptPayload {
  type: string;
  [field: string]: unknown;
}

/** How an interrupt is matched, checked and ended. */
export interface InterruptOptions {
  /** Tells it from the turn's other interrupts; by default its type and how many of that type came before. */
  key?: string | undefined;
  /** A JSON Schema that the answer must fit. */
  schema?: Record<string, unknown> | undefined;
  /** Milliseconds until it expires. */
  expiresIn?: number | undefined;
  /** What happens then; by default the turn fails. */
  onExpiry?: 'fail' | { value: unknown } | undefined;
}
