import { JsonBudget, JsonTooLarge } from '../../json/json-budget.js';
import { isJsonObject } from '../../json/json-object.js';
import { findUnsafeJson, toStorableJson } from '../../json/json-safety.js';
import { checkSchema, MAX_SCHEMA } from '../../interrupts/answer-schema.js';
import type { InterruptOptions, InterruptPayload } from '../agent.js';
import { MAX_RECORDING, type NewInterrupt } from './recording.js';

/** Maximum size of a payload, in bytes of JSON. */
const MAX_PAYLOAD_BYTES = 16 * 1024;

/** Maximum nesting depth before the stricter check of requests, because JSON is written recursively. */
const MAX_DEPTH = 500;

/** Maximum length of a key and of a type. */
export const MAX_KEY = 255;

/** Maximum time until an interrupt expires: about 28 years, so that instants stay exact numbers of microseconds. */
const MAX_EXPIRES_IN_MS = 9e11;

/** Reserved for the questions about steps with an unknown outcome. */
export const STEP_UNKNOWN = 'step_unknown';

/** The checked arguments of `turn.interrupt`; the key is undefined unless the agent chose one. Throws a TypeError. */
export type CheckedInterrupt = Omit<NewInterrupt, 'key'> & { key?: string };

export function checkInterrupt(payload: InterruptPayload, options: InterruptOptions = {}): CheckedInterrupt {
  const { key, schema, expiresIn, onExpiry } = options;
  if (key !== undefined && (typeof key !== 'string' || key === '' || key.length > MAX_KEY)) {
    throw new TypeError(`turn.interrupt expects a key of 1 to ${MAX_KEY} characters`);
  }
  if (key?.startsWith(`${STEP_UNKNOWN}:`)) {
    throw new TypeError(
      `turn.interrupt expects a key that does not begin with "${STEP_UNKNOWN}:", which is reserved`,
    );
  }
  if (expiresIn !== undefined && !isTime(expiresIn)) {
    throw new TypeError('turn.interrupt expects expiresIn as a number of milliseconds above 0');
  }
  return {
    payload: checkPayload(payload),
    ...(key === undefined ? {} : { key }),
    ...(schema === undefined ? {} : { schema: checkedSchema(schema) }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...expiryValue(onExpiry),
  };
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_EXPIRES_IN_MS;
}

function checkPayload(payload: unknown): InterruptPayload {
  if (!isJsonObject(payload) || typeof payload.type !== 'string' || payload.type === '') {
    throw new TypeError('turn.interrupt expects an object with a type, such as { type: "tool_approval" }');
  }
  if (payload.type.length > MAX_KEY) {
    throw new TypeError(`turn.interrupt expects a type of at most ${MAX_KEY} characters`);
  }
  const json = jsonOf(payload, 'payload', MAX_PAYLOAD_BYTES);
  if (Buffer.byteLength(json) > MAX_PAYLOAD_BYTES) throw tooLarge('payload', MAX_PAYLOAD_BYTES);
  return toStorableJson(JSON.parse(json)) as InterruptPayload;
}

function checkedSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const json = jsonOf(schema, 'schema', MAX_SCHEMA);
  try {
    checkSchema(json);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`turn.interrupt expects a valid JSON Schema: ${why}`, { cause: error });
  }
  return JSON.parse(json) as Record<string, unknown>;
}

function expiryValue(onExpiry: InterruptOptions['onExpiry']): { expiryValue?: string } {
  if (onExpiry === undefined || onExpiry === 'fail') return {};
  if (!isJsonObject(onExpiry) || !('value' in onExpiry)) {
    throw new TypeError('turn.interrupt expects onExpiry to be "fail" or { value }');
  }
  return { expiryValue: jsonOf(onExpiry.value ?? null, 'onExpiry.value', MAX_RECORDING) };
}

function jsonOf(value: unknown, what: string, maxBytes: number): string {
  let json: string | undefined;
  try {
    json = new JsonBudget({ bytes: maxBytes, depth: MAX_DEPTH }).stringify(value);
  } catch (error) {
    if (error instanceof JsonTooLarge) throw refusal(error, what, maxBytes);
    throw new TypeError(`turn.interrupt expects a ${what} that is JSON`, { cause: error });
  }
  if (json === undefined) throw new TypeError(`turn.interrupt expects a ${what} that is JSON`);
  const unsafe = findUnsafeJson(toStorableJson(JSON.parse(json)));
  if (unsafe) throw new TypeError(`turn.interrupt cannot take this ${what}: ${unsafe.toString()}`);
  return json;
}

function refusal({ limit, message }: JsonTooLarge, what: string, maxBytes: number): TypeError {
  return limit === 'bytes'
    ? tooLarge(what, maxBytes)
    : new TypeError(`turn.interrupt cannot take this ${what}: it ${message}`);
}

function tooLarge(what: string, maxBytes: number): TypeError {
  return new TypeError(`turn.interrupt expects a ${what} of at most ${maxBytes} bytes of JSON`);
}
