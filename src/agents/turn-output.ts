import { isJsonObject } from '../json/json-object.js';
import { parseStorableJson, toStorableText } from '../json/json-safety.js';
import { type ChatMessage, compactMessage } from '../messages/chat-message.js';
import { checkMessage, MAX_LIST_ITEMS, MESSAGE_FIELD_CHECKS } from '../messages/message-check.js';
import { AgentOutputError } from './agent-output-error.js';
import { OutputBudget } from './output-budget.js';

/** The records of a successful run. */
export interface TurnResult {
  response: ChatMessage;
  /** The messages to append to the history, from the turn's message to the response; or the whole new history. */
  messages: ChatMessage[];
  /** Whether `messages` replaces the present history. */
  replacesHistory: boolean;
  /** Where in a history that replaces the present one the turn's message is, if it is there; the turn's own follow. */
  firstNew?: number;
}

const EXPECTED =
  'expected a string, a ChatMessage, { response, messages? } or { response, history }, with messages like { role, content }';

/**
 * Validates an agent's result and normalises it for storage. `message` started the turn and is recorded unchanged.
 * Everything else is converted to JSON first and then validated, because getters, `toJSON` and proxies may return
 * different values each time. Throws an AgentOutputError for an invalid result, and for one that is larger than
 * `maxHistory`, in bytes.
 */
export function readTurnOutput(output: unknown, message: ChatMessage, maxHistory: number): TurnResult {
  try {
    return read(output, message, new OutputBudget(maxHistory));
  } catch (error) {
    if (error instanceof AgentOutputError) throw error;
    throw new AgentOutputError(`The agent returned what cannot be read: ${firstLine(error)}; ${EXPECTED}`);
  }
}

function read(returned: unknown, message: ChatMessage, budget: OutputBudget): TurnResult {
  const output = represented(returned);
  if (typeof output === 'string') return answer(budget, message, [], { role: 'assistant', content: output });
  if (!isJsonObject(output))
    throw new AgentOutputError(`The agent returned ${describe(output)}; ${EXPECTED}`);
  if (!('response' in output)) return answer(budget, message, [], output, 'a message');
  const { response, messages, history } = output;
  if (history === undefined) {
    const between = messages === undefined ? [] : readMessages(budget, messages, 'messages', MAX_LIST_ITEMS);
    return answer(budget, message, between, response);
  }
  if (messages !== undefined) {
    throw new AgentOutputError(`The agent returned both messages and history; ${EXPECTED}`);
  }
  const replacing = readMessages(budget, history, 'history');
  const asked = JSON.stringify(compactMessage(message));
  const firstNew = replacing.findLastIndex(
    (item) => item.role === message.role && JSON.stringify(item) === asked,
  );
  return {
    response: readMessage(budget, response, 'response'),
    messages: replacing,
    replacesHistory: true,
    ...(firstNew < 0 ? {} : { firstNew }),
  };
}

function answer(
  budget: OutputBudget,
  message: ChatMessage,
  between: ChatMessage[],
  last: unknown,
  field = 'response',
): TurnResult {
  const response = readMessage(budget, last, field);
  return { response, messages: [message, ...between, response], replacesHistory: false };
}

function readMessages(
  budget: OutputBudget,
  returned: unknown,
  field: string,
  maxItems = Infinity,
): ChatMessage[] {
  const list = represented(returned);
  if (!Array.isArray(list)) {
    throw new AgentOutputError(`The agent returned ${describe(list)} as ${field}; ${EXPECTED}`);
  }
  if (list.length > maxItems) {
    throw new AgentOutputError(
      `The agent returned ${field} that must contain no more than ${maxItems} elements`,
    );
  }
  return Array.from(list, (item: unknown, index) => readMessage(budget, item, `${field}[${index}]`));
}

function readMessage(budget: OutputBudget, returned: unknown, field: string): ChatMessage {
  const given = represented(returned);
  if (!isJsonObject(given)) {
    throw new AgentOutputError(`The agent returned ${describe(given)} as ${field}; ${EXPECTED}`);
  }
  const message = asJson(budget, knownFields(given, field), field);
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

/** The message as JSON data. Texts are taken as they are, because JSON of long ones takes long. */
function asJson(
  budget: OutputBudget,
  message: Record<string, unknown>,
  field: string,
): Record<string, unknown> {
  try {
    return budget.reading(field, (json) => {
      const fields: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(message)) {
        if (typeof value === 'string') {
          json.add(value);
          fields[name] = toStorableText(value);
        } else if (value === null) {
          json.add('');
          fields[name] = null;
        } else if (value !== undefined) {
          const text = json.stringify(value);
          if (text !== undefined) fields[name] = parseStorableJson(text);
        }
      }
      return fields;
    });
  } catch (error) {
    if (error instanceof AgentOutputError) throw error;
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

/** How much of an error is searched for the end of its first line. */
const MAX_LINE_LENGTH = 1_000;

/** The first line of an error. Reading it may throw as well. */
function firstLine(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : String(error);
    return text.slice(0, MAX_LINE_LENGTH).split(/[\r\n\u2028\u2029]/, 1)[0] ?? '';
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
