import { isJsonObject } from '../json/json-object.js';
import { isDeeperThan, parseStorableJson } from '../json/json-safety.js';
import { type ChatMessage, compactMessage } from '../messages/chat-message.js';
import { checkMessage, MESSAGE_FIELD_CHECKS } from '../messages/message-check.js';

/** The records of a successful run. */
export interface TurnResult {
  response: ChatMessage;
  /** The messages to append to the history, from the turn's message to the response; or the whole new history. */
  messages: ChatMessage[];
  /** Whether `messages` replaces the present history. */
  replacesHistory: boolean;
}

/** An agent broke its contract; the message says what was expected. */
export class AgentOutputError extends Error {
  override readonly name = 'AgentOutputError';
  /** The code of a turn that ends with this error. */
  readonly code = 'output_rejected';

  /** The message for logs: without the text that it quotes of the answer. */
  get withoutQuotes(): string {
    return this.message.replace(/"(?!function")(?:\\.|[^"\\])*"/g, '"…"');
  }
}

/**
 * Maximum nesting depth of an answer. JSON is read and written recursively; without a limit, an answer could be stored
 * that later requests cannot read.
 */
const MAX_OUTPUT_DEPTH = 500;

const EXPECTED =
  'expected a string, a ChatMessage, { response, messages? } or { response, history }, with messages like { role, content }';

/**
 * Validates an agent's result and normalises it for storage. `message` started the turn and is recorded unchanged.
 * Everything else is converted to JSON first and then validated, because getters, `toJSON` and proxies may return
 * different values each time. Throws an AgentOutputError for an invalid result.
 */
export function readTurnOutput(output: unknown, message: ChatMessage): TurnResult {
  try {
    return read(output, message);
  } catch (error) {
    if (error instanceof AgentOutputError) throw error;
    throw new AgentOutputError(`The agent returned what cannot be read: ${firstLine(error)}; ${EXPECTED}`);
  }
}

function read(returned: unknown, message: ChatMessage): TurnResult {
  const output = represented(returned);
  if (typeof output === 'string') return answer(message, [], { role: 'assistant', content: output });
  if (!isJsonObject(output))
    throw new AgentOutputError(`The agent returned ${describe(output)}; ${EXPECTED}`);
  if (!('response' in output)) return answer(message, [], output, 'a message');
  const { response, messages, history } = output;
  if (history === undefined) {
    return answer(message, messages === undefined ? [] : readMessages(messages, 'messages'), response);
  }
  if (messages !== undefined) {
    throw new AgentOutputError(`The agent returned both messages and history; ${EXPECTED}`);
  }
  return {
    response: readMessage(response, 'response'),
    messages: readMessages(history, 'history'),
    replacesHistory: true,
  };
}

function answer(message: ChatMessage, between: ChatMessage[], last: unknown, field = 'response'): TurnResult {
  const response = readMessage(last, field);
  return { response, messages: [message, ...between, response], replacesHistory: false };
}

function readMessages(returned: unknown, field: string): ChatMessage[] {
  const list = represented(returned);
  if (!Array.isArray(list)) {
    throw new AgentOutputError(`The agent returned ${describe(list)} as ${field}; ${EXPECTED}`);
  }
  return Array.from(list, (item: unknown, index) => readMessage(item, `${field}[${index}]`));
}

function readMessage(returned: unknown, field: string): ChatMessage {
  const given = represented(returned);
  if (!isJsonObject(given)) {
    throw new AgentOutputError(`The agent returned ${describe(given)} as ${field}; ${EXPECTED}`);
  }
  const message = asJson(knownFields(given, field), field);
  if (isDeeperThan(message, MAX_OUTPUT_DEPTH)) {
    throw new AgentOutputError(
      `The agent returned ${field} that is nested deeper than ${MAX_OUTPUT_DEPTH} levels`,
    );
  }
  for (const { path, expected } of checkMessage(message, '')) {
    const problem = problemOf(message, path, expected);
    throw new AgentOutputError(`The agent returned ${field} with ${problem}; ${EXPECTED}`);
  }
  const { tool_calls } = message as unknown as ChatMessage;
  return {
    ...compactMessage(message as unknown as ChatMessage),
    // Additional fields of tool calls are kept, because a provider may require them in later requests.
    ...(tool_calls ? { tool_calls: tool_calls.map((call) => ({ ...call, type: 'function' as const })) } : {}),
  };
}

/** The value that `JSON.stringify` uses instead of the given one. */
function represented(value: unknown): unknown {
  const { toJSON } = Object(value) as { toJSON?: unknown };
  return typeof value === 'object' && typeof toJSON === 'function'
    ? (toJSON.call(value, '') as unknown)
    : value;
}

/** The fields of a message, each read once. */
function knownFields(message: Record<string, unknown>, field: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(MESSAGE_FIELD_CHECKS)) {
    const value = message[name];
    // JSON cannot represent it; the field would be omitted or null.
    if (typeof value === 'function' || typeof value === 'symbol' || isNoJsonNumber(value)) {
      throw new AgentOutputError(`The agent returned ${field} with ${name} ${describe(value)}; ${EXPECTED}`);
    }
    fields[name] = value;
  }
  return fields;
}

function asJson(message: Record<string, unknown>, field: string): Record<string, unknown> {
  try {
    return parseStorableJson(JSON.stringify(message)) as Record<string, unknown>;
  } catch (error) {
    throw new AgentOutputError(`The agent returned ${field} that is no JSON: ${firstLine(error)}`);
  }
}

/** The problem of a message, described for the author of an agent. */
function problemOf(message: Record<string, unknown>, path: string, expected: string): string {
  const [field = ''] = /^\w+/.exec(path) ?? [];
  switch (field) {
    case 'user_params':
      return 'user_params that is no object';
    case 'reasoning_details':
      return isTooLong(expected)
        ? `reasoning_details that ${expected}`
        : 'reasoning_details that is no list of objects';
    case 'tool_calls':
      return isTooLong(expected)
        ? `tool_calls that ${expected}`
        : 'tool_calls that are not like { id, type: "function", function: { name, arguments } }';
    default:
      return `${field} ${describe(message[field])}`;
  }
}

function isTooLong(expected: string): boolean {
  return expected.startsWith('must contain');
}

function isNoJsonNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

/** The first line of an error. Reading it may throw as well. */
function firstLine(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error);
    return text.split(/[\r\n\u2028\u2029]/, 1)[0] ?? '';
  } catch {
    return 'it throws';
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
