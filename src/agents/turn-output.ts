import { toStorableJson } from '../json/json-safety.js';
import { CHAT_ROLES, type ChatMessage, compactMessage } from '../messages/chat-message.js';

/** What a successful run records. */
export interface TurnResult {
  response: ChatMessage;
  /** What is added to the history, from the message that started the turn to the response; or all of it. */
  messages: ChatMessage[];
  /** Whether `messages` stand in place of the history that was there. */
  replacesHistory: boolean;
}

/** An agent broke its contract; the message says what was expected. */
export class AgentOutputError extends Error {
  override readonly name = 'AgentOutputError';
}

const EXPECTED =
  'expected a string, a ChatMessage, { response, messages? } or { response, history }, with messages like { role, content }';

/**
 * Checks what an agent returned and brings it into one form, fit to be stored. `message` is what started the
 * turn. Throws an AgentOutputError for anything that the contract does not know.
 */
export function readTurnOutput(output: unknown, message: ChatMessage): TurnResult {
  if (typeof output === 'string') return answer(message, [], { role: 'assistant', content: output });
  if (!isObject(output)) throw new AgentOutputError(`The agent returned ${describe(output)}; ${EXPECTED}`);
  if (!('response' in output)) return answer(message, [], output, 'a message');
  if (output.history === undefined) {
    const between = output.messages === undefined ? [] : readMessages(output.messages, 'messages');
    return answer(message, between, output.response);
  }
  if (output.messages !== undefined) {
    throw new AgentOutputError(`The agent returned both messages and history; ${EXPECTED}`);
  }
  return {
    response: readMessage(output.response, 'response'),
    messages: readMessages(output.history, 'history'),
    replacesHistory: true,
  };
}

function answer(message: ChatMessage, between: ChatMessage[], last: unknown, field = 'response'): TurnResult {
  const response = readMessage(last, field);
  return { response, messages: [message, ...between, response], replacesHistory: false };
}

function readMessages(value: unknown, field: string): ChatMessage[] {
  if (!Array.isArray(value)) {
    throw new AgentOutputError(`The agent returned ${describe(value)} as ${field}; ${EXPECTED}`);
  }
  return value.map((item, index) => readMessage(item, `${field}[${index}]`));
}

function readMessage(value: unknown, field: string): ChatMessage {
  if (!isObject(value)) {
    throw new AgentOutputError(`The agent returned ${describe(value)} as ${field}; ${EXPECTED}`);
  }
  const problem = messageProblem(value);
  if (problem) throw new AgentOutputError(`The agent returned ${field} with ${problem}; ${EXPECTED}`);
  return toStorableJson(asJson(compactMessage(value as unknown as ChatMessage), field)) as ChatMessage;
}

/** Why an object is no ChatMessage; undefined where it is one. */
function messageProblem(message: Record<string, unknown>): string | undefined {
  const { role, content } = message;
  if (!CHAT_ROLES.some((known) => known === role)) return `role ${describe(role)}`;
  if (content !== null && content !== undefined && typeof content !== 'string')
    return `content ${describe(content)}`;
  for (const field of ['reasoning', 'tool_call_id', 'name', 'base64_image']) {
    if (!isAbsent(message[field]) && typeof message[field] !== 'string') {
      return `${field} ${describe(message[field])}`;
    }
  }
  if (!isAbsent(message.user_params) && !isObject(message.user_params))
    return 'user_params that is no object';
  if (!isAbsent(message.reasoning_details) && !isListOf(message.reasoning_details, isObject)) {
    return 'reasoning_details that is no list of objects';
  }
  if (!isAbsent(message.tool_calls) && !isListOf(message.tool_calls, isToolCall)) {
    return 'tool_calls that are not like { id, type: "function", function: { name, arguments } }';
  }
  return undefined;
}

function isToolCall(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    value.type === 'function' &&
    isObject(value.function) &&
    typeof value.function.name === 'string' &&
    typeof value.function.arguments === 'string'
  );
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asJson(value: unknown, field: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw new AgentOutputError(`The agent returned ${field} that is no JSON: ${why}`);
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  return `a ${typeof value}`;
}
