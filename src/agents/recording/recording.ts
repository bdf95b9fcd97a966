import type { ErrorReport } from '../../logging/error-report.js';
import type { InterruptPayload } from '../agent.js';

/** Identifies a step within its turn: its name, and how often that name came before in the run, from 1. */
export interface StepId {
  name: string;
  occurrence: number;
}

/** What is known about a step. Results are JSON text; null for undefined. */
export type StepState =
  /** Its function was called. Recorded only for steps whose unknown outcome matters. */
  | { state: 'started' }
  | { state: 'completed'; result: string | null }
  /** Its function threw; a replay throws the same. */
  | { state: 'failed'; error: ErrorReport };

/** A step to record. */
export type NewStep = StepId & StepState;

/** A recorded step. */
export type RecordedStep = NewStep & {
  /** The run that recorded it. */
  attempt: number;
};

/** A question that a run asks. */
export interface NewInterrupt {
  /** Identifies it within its turn. */
  key: string;
  payload: InterruptPayload;
  /** The JSON Schema of answers. */
  schema?: Record<string, unknown>;
  /** Milliseconds until it expires. */
  expiresIn?: number;
  /** JSON text of the answer at its expiry; without it the turn fails. */
  expiryValue?: string;
}

/** A question of an earlier run, with its answer as JSON text; undefined while it is pending. */
export interface RecordedInterrupt {
  key: string;
  payload: InterruptPayload;
  answer?: string;
}

/** What earlier runs of a turn have recorded. */
export interface TurnRecording {
  steps: RecordedStep[];
  interrupts: RecordedInterrupt[];
  /** The `agentVersion` under which the recording began. */
  version?: string;
}

/** The recording of a turn in its first run. */
export const NOTHING_RECORDED: TurnRecording = { steps: [], interrupts: [] };

/** Maximum size of a turn's recording, in characters of JSON. */
export const MAX_RECORDING = 16 * 1024 * 1024;
