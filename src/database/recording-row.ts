import { randomUUID } from 'node:crypto';

import type { InterruptPayload } from '../agents/agent.js';
import type {
  NewInterrupt,
  NewStep,
  RecordedInterrupt,
  RecordedStep,
  TurnRecording,
} from '../agents/recording/recording.js';
import type { ErrorReport } from '../logging/error-report.js';
import type { OverdueInterrupt } from '../turns/recording.store.js';
import { inMicroseconds } from './columns.js';

/** A recorded entry's version and time. */
interface EntryRow {
  version: string | null;
  created_at: number | string;
}

/** A step's row as both dialects select it. */
export interface StepRow extends EntryRow {
  name: string;
  occurrence: number;
  state: NewStep['state'];
  outcome: string | null;
  attempt: number;
}

/** An interrupt's row as both dialects select it. */
export interface InterruptRow extends EntryRow {
  key: string;
  payload: string;
  value: string | null;
}

export function toRecording(steps: StepRow[], interrupts: InterruptRow[]): TurnRecording {
  const [first] = [...steps, ...interrupts].toSorted(
    (one, other) => Number(one.created_at) - Number(other.created_at),
  );
  return {
    steps: steps.map(toStep),
    interrupts: interrupts.map(toInterrupt),
    ...(first?.version == null ? {} : { version: first.version }),
  };
}

function toStep({ name, occurrence, state, outcome, attempt }: StepRow): RecordedStep {
  const step = { name, occurrence, attempt };
  switch (state) {
    case 'completed':
      return { ...step, state, result: outcome };
    case 'failed':
      return { ...step, state, error: JSON.parse(outcome ?? '') as ErrorReport };
    case 'started':
      return { ...step, state };
  }
}

function toInterrupt({ key, payload, value }: InterruptRow): RecordedInterrupt {
  const interrupt = { key, payload: JSON.parse(payload) as InterruptPayload };
  return value === null ? interrupt : { ...interrupt, answer: value };
}

/** What a step's row keeps of its outcome. */
export function outcomeOf(step: NewStep): string | null {
  if (step.state === 'failed') return JSON.stringify(step.error);
  return step.state === 'completed' ? step.result : null;
}

/** The columns of new interrupts, each a list. `expiresIn` is in microseconds. */
export function interruptColumns(interrupts: NewInterrupt[], ttl: number | undefined) {
  const expiresIn = interrupts.map((interrupt) => interrupt.expiresIn ?? ttl);
  return {
    ids: interrupts.map(() => randomUUID()),
    keys: interrupts.map(({ key }) => key),
    payloads: interrupts.map(({ payload }) => JSON.stringify(payload)),
    schemas: interrupts.map(({ schema }) => (schema ? JSON.stringify(schema) : null)),
    expiresIn: expiresIn.map((time) => (time === undefined ? null : String(inMicroseconds(time)))),
    expiryValues: interrupts.map(({ expiryValue }) => expiryValue ?? null),
  };
}

/** A question whose time is over, as both dialects select it. */
export interface OverdueRow {
  id: string;
  key: string;
  session_id: string;
  turn_id: string;
  attempt: number;
  owner: string | null;
  has_webhook: boolean | number;
  expiry_value: string | null;
}

export function toOverdue(row: OverdueRow): OverdueInterrupt {
  return {
    id: row.id,
    key: row.key,
    sessionId: row.session_id,
    turnId: row.turn_id,
    attempt: row.attempt,
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.has_webhook ? { hasWebhook: true } : {}),
    ...(row.expiry_value === null ? {} : { expiryValue: row.expiry_value }),
  };
}
