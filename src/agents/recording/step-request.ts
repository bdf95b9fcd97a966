import { isStorableText } from '../../json/json-safety.js';
import type { StepOptions } from '../agent.js';

/** The function of a step. */
export type StepFunction<T> = (step: { idempotencyKey: string }) => T | Promise<T>;

/** Maximum length of a name. */
const MAX_NAME = 255;

const ON_UNKNOWN = ['retry', 'fail', 'ask'];

/** Checks the arguments of `turn.step`; throws a TypeError. */
export function checkStep(name: unknown, run: unknown, onUnknown: StepOptions['onUnknown']): void {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME || !isStorableText(name)) {
    throw new TypeError(`turn.step expects a name of 1 to ${MAX_NAME} characters`);
  }
  if (typeof run !== 'function') {
    throw new TypeError(`turn.step("${name}") expects a function that does the step`);
  }
  if (!ON_UNKNOWN.includes(onUnknown ?? '')) {
    throw new TypeError(`turn.step("${name}") expects onUnknown to be "retry", "fail" or "ask"`);
  }
}
