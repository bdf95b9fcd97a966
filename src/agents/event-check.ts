import { JsonBudget, JsonTooLarge } from '../json/json-budget.js';
import { isJsonObject } from '../json/json-object.js';
import { isStorableText, parseStorableJson, toStorableText } from '../json/json-safety.js';
import type { EmittedEvent } from './emitted-event.js';

/** Maximum size of one event, in bytes of JSON. */
export const MAX_EVENT = 64 * 1024;

/** What makes an event too large in any case, and its maximum nesting depth, because JSON is read recursively. */
const LIMITS = { bytes: 2 * MAX_EVENT, depth: 500 };

/** Maximum length of the type of an agent's own event, in characters. */
const MAX_TYPE = 100;

/** The prefixes of types that an agent may not use. */
const RESERVED_PREFIXES = ['turn.', 'session.', 'message.', 'reasoning.', 'tool.', 'step.', 'interrupt.'];

/** The text fields of our events that an agent emits as objects. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  'reasoning.delta': ['delta'],
  'tool.call': ['tool_call_id', 'name', 'arguments'],
  'tool.result': ['tool_call_id', 'content'],
};

/** Everything but characters that would break the line of a stream. */
const TYPE = /^[^\p{Cc}\u2028\u2029]+$/u;

/**
 * Checks what an agent emits and converts it for storage; undefined for an empty piece of text. Throws a TypeError for
 * what is no event and a RangeError for one that is too large.
 */
export function checkEvent(emitted: unknown): EmittedEvent | undefined {
  if (typeof emitted === 'string') return ofFields('message.delta', { delta: toStorableText(emitted) });
  const event = asJson(emitted);
  const { type, ...fields } = event;
  if (typeof type !== 'string') throw new TypeError('turn.emit expects a string or an object with a type');
  return ofFields(type, OURS[type] ? ourFields(type, fields) : ownFields(type, fields));
}

/** The event as JSON data. Read once, because getters and `toJSON` may return different values each time. */
function asJson(emitted: unknown): Record<string, unknown> {
  const json = jsonOf(emitted);
  const event = typeof json === 'string' ? parseStorableJson(json) : undefined;
  if (!isJsonObject(event)) throw new TypeError('turn.emit expects a string or an object with a type');
  return event;
}

/** The JSON text; undefined for a value that has none. */
function jsonOf(emitted: unknown): string | undefined {
  try {
    return new JsonBudget(LIMITS).stringify(emitted);
  } catch (error) {
    if (error instanceof JsonTooLarge) throw refusal(error);
    const why = error instanceof Error ? error.message : 'it throws';
    throw new TypeError(`turn.emit got what is no JSON: ${why}`, { cause: error });
  }
}

function refusal({ limit }: JsonTooLarge): Error {
  if (limit !== 'depth') return tooLarge();
  return new TypeError(`turn.emit expects an event that is nested at most ${LIMITS.depth} levels deep`);
}

function ourFields(type: string, fields: Record<string, unknown>): Record<string, unknown> {
  const names = OURS[type] ?? [];
  const wrong = names.filter((name) => typeof fields[name] !== 'string');
  if (wrong.length > 0)
    throw new TypeError(`turn.emit expects "${type}" with ${wrong.join(', ')} as a string`);
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}

function ownFields(type: string, fields: Record<string, unknown>): Record<string, unknown> {
  if (!TYPE.test(type) || type.length > MAX_TYPE || !isStorableText(type)) {
    throw new TypeError(
      `turn.emit expects a type of 1 to ${MAX_TYPE} characters without line breaks and control characters`,
    );
  }
  const prefix = RESERVED_PREFIXES.find((reserved) => type.startsWith(reserved));
  if (prefix !== undefined) {
    throw new TypeError(`turn.emit: types with "${prefix}" are reserved, so "${type}" cannot be emitted`);
  }
  return fields;
}

function ofFields(type: string, fields: Record<string, unknown>): EmittedEvent | undefined {
  const { delta, tool_call_id: toolCallId } = fields;
  const isDelta = type === 'message.delta' || type === 'reasoning.delta';
  if (isDelta && delta === '') return undefined;
  const json = JSON.stringify(fields);
  const bytes = Buffer.byteLength(json) + Buffer.byteLength(type);
  if (bytes > MAX_EVENT) throw tooLarge();
  return {
    type,
    fields: json,
    bytes,
    ...(type === 'message.delta' ? { text: delta as string } : {}),
    ...(OURS[type]?.includes('tool_call_id') ? { toolCallId: toolCallId as string } : {}),
  };
}

function tooLarge(): RangeError {
  return new RangeError(`turn.emit: an event may have at most ${MAX_EVENT} bytes (64 KiB) of JSON`);
}
