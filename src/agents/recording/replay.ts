import { isDeepStrictEqual } from 'node:util';

import type { InterruptPayload } from '../agent.js';
import type { RecordedInterrupt, RecordedStep, StepId, TurnRecording } from './recording.js';

/** Matches what a run does with what earlier runs of its turn have recorded. */
export class Replay {
  private readonly steps: Map<string, RecordedStep>;
  private readonly interrupts: Map<string, RecordedInterrupt>;
  private readonly reached = new Set<object>();
  private readonly counts = new Map<string, number>();

  constructor(recording: TurnRecording) {
    this.steps = new Map(recording.steps.map((step) => [stepKey(step), step]));
    this.interrupts = new Map(recording.interrupts.map((interrupt) => [interrupt.key, interrupt]));
  }

  /** The id of the next step with this name. */
  nextStep(name: string): StepId {
    return { name, occurrence: this.next(`step ${name}`) };
  }

  /** The key of an interrupt without one of its own. */
  nextKey({ type }: InterruptPayload): string {
    return `${type}#${this.next(`interrupt ${type}`)}`;
  }

  step(id: StepId): RecordedStep | undefined {
    return this.reach(this.steps.get(stepKey(id)));
  }

  interrupt(key: string): RecordedInterrupt | undefined {
    return this.reach(this.interrupts.get(key));
  }

  /** Counts recorded interrupts as reached without a look at their answers. */
  passInterrupts(prefix: string): void {
    for (const [key, interrupt] of this.interrupts) if (key.startsWith(prefix)) this.reached.add(interrupt);
  }

  /** A recorded step or answer that this run has not come by, described; undefined if there is none. */
  get unreached(): string | undefined {
    for (const step of this.steps.values()) {
      if (step.state !== 'started' && !this.reached.has(step)) return describeStep(step);
    }
    for (const interrupt of this.interrupts.values()) {
      if (interrupt.answer !== undefined && !this.reached.has(interrupt))
        return describeInterrupt(interrupt.key);
    }
    return undefined;
  }

  private next(counted: string): number {
    const count = (this.counts.get(counted) ?? 0) + 1;
    this.counts.set(counted, count);
    return count;
  }

  private reach<T extends object>(entry: T | undefined): T | undefined {
    if (entry) this.reached.add(entry);
    return entry;
  }
}

/** Whether a run asks what was asked under the same key; the order of fields does not matter. */
export function asksTheSame(recorded: RecordedInterrupt, payload: InterruptPayload): boolean {
  return isDeepStrictEqual(recorded.payload, payload);
}

export function describeStep({ name, occurrence }: StepId): string {
  return occurrence === 1 ? `the step "${name}"` : `the step "${name}" (number ${occurrence})`;
}

export function describeInterrupt(key: string): string {
  return `the interrupt "${key}"`;
}

function stepKey({ name, occurrence }: StepId): string {
  return `${occurrence} ${name}`;
}
