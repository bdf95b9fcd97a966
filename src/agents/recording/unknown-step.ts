import { STEP_UNKNOWN } from './interrupt-request.js';
import type { NewInterrupt, RecordedStep, StepId } from './recording.js';

/** A person's answer: the step is run again, or has been done, with this result. */
const ANSWER_SCHEMA = {
  type: 'object',
  required: ['outcome'],
  oneOf: [
    { properties: { outcome: { const: 'retry' } } },
    { properties: { outcome: { const: 'done' }, result: {} } },
  ],
};

/** The beginning of the keys of all questions about a step. */
export function unknownStepKeys({ name, occurrence }: StepId): string {
  return `${STEP_UNKNOWN}:${occurrence}:${name}:`;
}

/** The question about a step that was begun and has no outcome. Each run that began it has a question of its own. */
export function askUnknownStep(step: RecordedStep): NewInterrupt {
  const { name, occurrence, attempt } = step;
  return {
    key: `${unknownStepKeys(step)}${attempt}`,
    payload: { type: STEP_UNKNOWN, step: name, occurrence, attempt },
    schema: ANSWER_SCHEMA,
  };
}
