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
import { parseStored } from './stored-json.js';

/** A recorded step or interrupt, as both dialects select it. */
export interface RecordedRow {
  /** The step's name, or the interrupt's key. */
  name: string;
  occurrence: number;
  state: NewStep['state'] | 'asked';
  /** JSON text of the result, of the report of an error, or of the answer. */
  outcome: string | null;
  /** JSON text of an interrupt's payload. */
  payload: string | null;
  attempt: number;
  version: string | null;
  created_at: number | string;
}

export function toRecording(rows: RecordedRow[]): TurnRecording {
  const [first] = rows.toSorted((one, other) => Number(one.created_at) - Number(other.created_at));
  const recording: TurnRecording = { steps: [], interrupts: [] };
  if (first?.version != null) recording.version = first.version;
  for (const row of rows) {
    if (row.state === 'asked') recording.interrupts.push(toInterrupt(row));
    else recording.steps.push(toStep(row, row.state));
  }
  return recording;
}

function toStep({ name, occurrence, outcome, attempt }: RecordedRow, state: NewStep['state']): RecordedStep {
  const step = { name, occurrence, attempt };
  switch (state) {
    case 'completed':
      return { ...step, state, result: outcome };
    case 'failed':
      return { ...step, state, error: parseStored(outcome ?? '') as ErrorReport };
    case 'started':
      return { ...step, state };
  }
}

function toInterrupt({ name: key, payload, outcome }: RecordedRow): RecordedInterrupt {
  const interrupt = { key, payload: parseStored(payload ?? '') as InterruptPayload };
  return outcome === null ? interrupt : { ...interrupt, answer: outcome };
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
