import { isJsonObject } from '../json/json-object.js';
import type { Check, Problem } from '../validation/check.js';
import { CHAT_ROLES, type ChatMessage } from './chat-message.js';

/** Maximum number of messages, tool calls or reasoning details in one list. */
export const MAX_LIST_ITEMS = 10_000;

/**
 * The check of each field of a message, used for requests and for agents' results. Absent and null fields are not
 * checked, except the role.
 */
export const MESSAGE_FIELD_CHECKS: Readonly<Record<keyof ChatMessage, Check>> = {
  role: checkRole,
  content: checkText,
  reasoning: checkText,
  reasoning_details: listOf(noProblems),
  tool_calls: listOf(checkToolCall),
  tool_call_id: checkText,
  name: checkText,
  base64_image: checkText,
  user_params: checkObject,
};

const MESSAGE_FIELDS = Object.entries(MESSAGE_FIELD_CHECKS);

/** Checks one message of a history. Its role is required. */
export function* checkMessage(value: unknown, path: string): Generator<Problem> {
  if (!isJsonObject(value)) {
    yield { path, expected: 'must be an object' };
    return;
  }
  for (const [field, check] of MESSAGE_FIELDS) {
    const item = value[field];
    if (!isAbsent(item) || field === 'role') yield* check(item, within(path, field));
  }
}

/** Checks a list of messages of a history. */
export const checkMessages: Check = listOf(checkMessage);

function* checkRole(value: unknown, path: string): Generator<Problem> {
  if (!CHAT_ROLES.some((role) => role === value)) {
    yield { path, expected: `must be one of the following values: ${CHAT_ROLES.join(', ')}` };
  }
}

function* checkText(value: unknown, path: string): Generator<Problem> {
  if (typeof value !== 'string') yield { path, expected: 'must be a string' };
}

function* checkObject(value: unknown, path: string): Generator<Problem> {
  if (!isJsonObject(value)) yield { path, expected: 'must be an object' };
}

/** Checks a tool call. `type` defaults to `function`. */
function* checkToolCall(value: unknown, path: string): Generator<Problem> {
  const call = value as Record<string, unknown>;
  yield* checkText(call.id, within(path, 'id'));
  if (!isAbsent(call.type) && call.type !== 'function') {
    yield { path: within(path, 'type'), expected: 'must be one of the following values: function' };
  }
  const called = call.function;
  if (!isJsonObject(called)) {
    yield { path: within(path, 'function'), expected: 'must be an object' };
    return;
  }
  yield* checkText(called.name, within(path, 'function.name'));
  yield* checkText(called.arguments, within(path, 'function.arguments'));
}

/** A check for a list of objects: first its length and the type of its items, then each item. */
function listOf(checkItem: Check): Check {
  return function* (value, path) {
    if (!Array.isArray(value)) {
      yield { path, expected: 'must be an array' };
    } else if (value.length > MAX_LIST_ITEMS) {
      yield { path, expected: `must contain no more than ${MAX_LIST_ITEMS} elements` };
    } else if (!value.every(isJsonObject)) {
      yield { path: `${path}:`, expected: `each value in ${lastName(path)} must be an object` };
    } else {
      for (const [index, item] of value.entries()) yield* checkItem(item, `${path}[${index}]`);
    }
  };
}

function noProblems(): Problem[] {
  return [];
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function within(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
