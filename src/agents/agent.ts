import type { ChatMessage } from '../messages/chat-message.js';

/** Injection token of the {@link Agent}. */
export const AGENT = Symbol.for('nestjs-agent-sessions:agent');

/**
 * What a host provides: an object that answers messages. It may be a class resolved by Nest's injection or an
 * instance; a plain function is an {@link AgentFunction}.
 *
 * @example
 * ```ts
 * class GreetingAgent implements Agent {
 *   runTurn({ message }: Turn): TurnOutput {
 *     return `Hello, ${message.name ?? 'there'}!`;
 *   }
 * }
 * ```
 */
export interface Agent {
  /**
   * Answers the message of a turn. What it throws ends the turn in `error`; clients see the error's first line.
   *
   * @param turn - The message, the history before it, and what the agent may do during the run
   * @returns The response, and what else is to be recorded
   */
  runTurn(turn: Turn): Promise<TurnOutput> | TurnOutput;
}

/**
 * An agent without state of its own.
 *
 * @example
 * ```ts
 * const echo: AgentFunction = ({ message }) => `You said: ${message.content}`;
 * ```
 */
export type AgentFunction = Agent['runTurn'];

/**
 * One accepted message and all that an agent needs to answer it. Its functions need no `this`, so they may be
 * destructured.
 */
export interface Turn {
  /** The session's id, a UUID. */
  readonly sessionId: string;
  /** The turn's id, a UUID; the same for every run of it. */
  readonly turnId: string;
  /**
   * Whose session it is, as the option `owner` returned it for the request that created the session; undefined for a
   * session without an owner. Clients cannot change it, so tools may be authorized by it.
   */
  readonly owner?: string | undefined;
  /**
   * The session's metadata at the start of this run, a frozen copy; undefined if there is none. Clients can set and
   * change it.
   */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Counts every run of this turn: 1, then 2… after a worker died or stopped, or an interrupt was answered. */
  readonly attempt: number;
  /**
   * The option `agentVersion` under which the recording of this turn began; undefined if nothing is recorded or the
   * option was not set. An agent whose code has changed can branch on it.
   */
  readonly recordedVersion?: string | undefined;
  /** The message that started the turn, `user_params` included, `webhook` excluded. */
  readonly message: ChatMessage;
  /** The conversation before it, oldest first. */
  readonly history: ChatMessage[];
  /**
   * Aborted by cancel, delete, time-out, lost lease or shutdown; what the agent returns after that is ignored.
   *
   * @example
   * ```ts
   * const search: AgentFunction = async ({ message, signal }) => {
   *   const response = await fetch(`https://example.com/?q=${message.content}`, { signal });
   *   return response.text();
   * };
   * ```
   */
  readonly signal: AbortSignal;
  /**
   * Runs a function once and records its JSON result; later runs of the turn get the recorded result, or the recorded
   * error, without a call. A run that is resumed after an interrupt or a crash starts at the beginning, so everything
   * with an effect belongs into a step.
   *
   * @param name - Identifies the step among those of the turn, with how often that name came before in the run
   * @param run - Does the step; its `idempotencyKey` is the same on every attempt, so that the other side can recognize
   * a repeat
   * @returns The result as JSON gives it back
   * @throws TypeError if the name is empty or longer than 255 characters, or if the result contains what JSON drops or
   * changes (NaN, Infinity, Date, BigInt, functions, cycles)
   * @throws Error if it is called inside of a step, and what the function throws
   * @example
   * ```ts
   * const charge: AgentFunction = async ({ step }) => {
   *   const receipt = await step('charge', async ({ idempotencyKey }) => `charged under ${idempotencyKey}`);
   *   return receipt;
   * };
   * ```
   */
  step<T>(
    this: void,
    name: string,
    run: (step: { idempotencyKey: string }) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<T>;
  /**
   * Asks a person: the turn is stored as `interrupted` and lets go of its worker. When the question is answered,
   * `runTurn` is called again, and this call returns the answer. In the run that asks it rejects with the signal's
   * reason, and what the agent does after that is ignored.
   *
   * @param payload - What the person is asked: at most 16 KiB of JSON with a `type`
   * @returns The answer
   * @throws TypeError if the payload has no type or is too large, or if an option is invalid
   * @throws Error if it is called inside of a step
   * @example
   * ```ts
   * const careful: AgentFunction = async ({ interrupt }) => {
   *   const { approved } = await interrupt<{ approved: boolean }>({ type: 'tool_approval', tool_name: 'refund' });
   *   return approved ? 'Refunded.' : 'Not refunded.';
   * };
   * ```
   */
  interrupt<T = unknown>(this: void, payload: InterruptPayload, options?: InterruptOptions): Promise<T>;
  /**
   * Streams a piece of the answer, or an event, to the session's log and all who follow it. Never waits; no trouble of
   * the database fails the turn by it.
   *
   * @param delta - A piece of the response's text; `reasoning.delta`, `tool.call` or `tool.result`; or an event of the
   * agent's own
   * @throws TypeError if it is none of these, or its type is reserved; RangeError if the event is larger than 64 KiB, or
   * those of the turn than 16 MiB
   * @example
   * ```ts
   * const streaming: AgentFunction = ({ emit }) => {
   *   emit('Hello');
   *   emit({ type: 'progress', percent: 50 });
   *   return 'Hello';
   * };
   * ```
   */
  emit(this: void, delta: string | TurnEvent): void;
  /**
   * Adds to the turn's token usage; may be called several times.
   *
   * @param tokens - The tokens to add
   * @throws TypeError if `total_tokens` is not a whole number of at least 0
   * @example
   * ```ts
   * const frugal: AgentFunction = ({ usage }) => {
   *   usage({ total_tokens: 42 });
   *   return 'ok';
   * };
   * ```
   */
  usage(this: void, tokens: { total_tokens: number }): void;
}

/**
 * What a run of an agent may return: the text of its response, the response, or the response with further messages or
 * a new history.
 *
 * @example
 * ```ts
 * const forgetful: AgentFunction = ({ message }) => {
 *   const response: ChatMessage = { role: 'assistant', content: 'Let us start again.' };
 *   return { response, history: [message, response] };
 * };
 * ```
 */
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
  /** The kind of event. */
  type: string;
  /** The event's own fields, JSON values. */
  [field: string]: unknown;
}

/** How a step is repeated. */
export interface StepOptions {
  /**
   * What happens if the process died between the step's effect and its record: run it again, fail the turn, or ask a
   * person, by an interrupt of type `step_unknown` that is answered `{ outcome: 'retry' }` or
   * `{ outcome: 'done', result }`. With `fail` and `ask` the start of the step is recorded first.
   *
   * @default 'retry'
   */
  onUnknown?: 'retry' | 'fail' | 'ask' | undefined;
}

/** What a person is asked. `tool_approval` and `user_input` are the conventional types. */
export interface InterruptPayload {
  /** The kind of question. */
  type: string;
  /** The question's own fields, JSON values. */
  [field: string]: unknown;
}

/** How an interrupt is matched, checked and ended. */
export interface InterruptOptions {
  /**
   * Identifies it among the turn's interrupts, in 1 to 255 characters. Asking something else under the key of an
   * earlier run ends the turn with the code `replay_mismatch`.
   *
   * @default its type and how many of that type came before
   */
  key?: string | undefined;
  /**
   * A JSON Schema (draft 7 or 2020-12, at most 64 KiB) that the answer must fit: another answer is refused with 422, and the
   * interrupt stays pending.
   *
   * @default any answer
   */
  schema?: Record<string, unknown> | undefined;
  /**
   * Milliseconds until it expires.
   *
   * @default never
   */
  expiresIn?: number | undefined;
  /**
   * What happens when it expires: the turn fails, or goes on with a value.
   *
   * @default 'fail'
   */
  onExpiry?: 'fail' | { value: unknown } | undefined;
}
