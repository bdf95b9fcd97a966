import { createHash } from 'node:crypto';

import { reportError } from '../../logging/error-report.js';
import type { InterruptOptions, InterruptPayload, StepOptions } from '../agent.js';
import { CallContext } from '../call-context.js';
import { toError } from '../isolation/reported-error.js';
import type { FromAgent, TurnStart } from '../protocol/turn-messages.js';
import { checkInterrupt } from './interrupt-request.js';
import { PendingCalls } from './pending-calls.js';
import {
  MAX_RECORDING,
  type NewInterrupt,
  type NewStep,
  type RecordedStep,
  type StepId,
} from './recording.js';
import { asksTheSame, describeInterrupt, describeStep, Replay } from './replay.js';
import { checkStep, type StepFunction } from './step-request.js';
import { stepResultJson } from './step-result.js';
import { Suspension } from './suspension.js';
import { askUnknownStep, unknownStepKeys } from './unknown-step.js';

/** The recorder whose step the current code runs in. */
const steps = new CallContext<Recorder>();

/** The steps and interrupts of one run: records new ones, and gives back what earlier runs of its turn have recorded. */
export class Recorder {
  private readonly replay: Replay;
  private readonly suspension: Suspension;
  private readonly pending: PendingCalls;
  private size: number;

  constructor(
    private readonly start: TurnStart,
    private readonly signal: AbortSignal,
    private readonly send: (message: FromAgent) => void,
  ) {
    this.replay = new Replay(start.recording);
    this.suspension = new Suspension((interrupts) => {
      send({ type: 'suspend', interrupts });
    });
    this.pending = new PendingCalls(signal);
    this.size = start.recording.steps.reduce((sum, step) => sum + sizeOf(step), 0);
  }

  async step<T>(name: string, run: StepFunction<T>, { onUnknown = 'retry' }: StepOptions = {}): Promise<T> {
    checkStep(name, run, onUnknown);
    this.refuseInsideStep(`turn.step("${name}")`);
    this.signal.throwIfAborted();
    const id = this.replay.nextStep(name);
    const recorded = this.replay.step(id);
    this.replay.passInterrupts(unknownStepKeys(id));
    if (recorded && recorded.state !== 'started') return outcomeOf(recorded) as T;
    if (recorded && onUnknown === 'fail') {
      const error = `The outcome of ${describeStep(id)} is not known, because its process died while it ran`;
      return this.fail('step_unknown', error);
    }
    if (recorded && onUnknown === 'ask') {
      const { outcome, result } = await this.ask<UnknownOutcome>(askUnknownStep(recorded));
      if (outcome === 'done') return (await this.complete(id, stepResultJson(name, result))) as T;
    }
    // A step that would begin while the turn is being suspended runs after the answer.
    if (this.suspension.isClosing) return this.pending.untilAborted();
    return this.suspension.during(() => this.execute(id, run, onUnknown));
  }

  async interrupt<T>(payload: InterruptPayload, options?: InterruptOptions): Promise<T> {
    const request = checkInterrupt(payload, options);
    this.refuseInsideStep(`turn.interrupt("${payload.type}")`);
    this.signal.throwIfAborted();
    const key = this.replay.nextKey(request.payload);
    return this.ask<T>({ key, ...request });
  }

  /** Handles the engine's answer to a step that was sent to be recorded. */
  recorded(call: number, refusal?: string): void {
    this.pending.settle(call, refusal);
  }

  /** Rejects all calls that have not returned, with the reason of the signal. */
  abort(): void {
    this.pending.abort();
  }

  /** Called when the agent has returned or thrown; resolves once a suspension that it has caused is decided. */
  async ended(hasReturned: boolean): Promise<void> {
    await this.suspension.settled();
    const { unreached } = this.replay;
    if (!hasReturned || unreached === undefined || this.signal.aborted) return;
    const error = `The agent did not come by ${unreached}, which an earlier run of this turn has recorded`;
    this.send({ type: 'fail', code: 'replay_mismatch', error });
  }

  private async ask<T>(request: NewInterrupt): Promise<T> {
    const { key, payload } = request;
    const recorded = this.replay.interrupt(key);
    if (recorded && !asksTheSame(recorded, payload)) {
      const what = describeInterrupt(key);
      return this.fail(
        'replay_mismatch',
        `The agent asks something else under ${what} than an earlier run of this turn`,
      );
    }
    if (recorded?.answer !== undefined) return JSON.parse(recorded.answer) as T;
    const asked = this.suspension.find(key);
    if (asked && !asksTheSame(asked, payload)) {
      throw new Error(
        `This run asks something else under ${describeInterrupt(key)} already; give each its own key`,
      );
    }
    this.suspension.request(request);
    return this.pending.untilAborted();
  }

  private async execute<T>(
    id: StepId,
    run: StepFunction<T>,
    onUnknown: StepOptions['onUnknown'],
  ): Promise<T> {
    if (onUnknown !== 'retry') await this.record({ ...id, state: 'started' });
    let json: string | null;
    try {
      json = stepResultJson(id.name, await this.called(id, run));
    } catch (error) {
      // What a step throws because the run was cut off is not its outcome.
      if (!this.signal.aborted) await this.record({ ...id, state: 'failed', error: reportError(error) });
      throw error;
    }
    return (await this.complete(id, json)) as T;
  }

  private async called<T>(id: StepId, run: StepFunction<T>): Promise<T> {
    const ended = steps.begin();
    try {
      return await steps.run(this, () => run({ idempotencyKey: this.idempotencyKey(id) }));
    } finally {
      ended();
    }
  }

  /** Resolves with the result as a replay would give it back. */
  private async complete(id: StepId, json: string | null): Promise<unknown> {
    await this.record({ ...id, state: 'completed', result: json });
    return json === null ? undefined : JSON.parse(json);
  }

  private async record(step: NewStep): Promise<void> {
    const size = this.size + sizeOf(step);
    if (size > MAX_RECORDING) {
      throw new Error(`The steps of this turn have results of more than ${MAX_RECORDING} characters of JSON`);
    }
    this.size = size;
    await this.pending.call((call) => {
      this.send({ type: 'step', call, step });
    });
  }

  /** Ends the turn. What the agent does afterwards is ignored. */
  private fail(code: 'step_unknown' | 'replay_mismatch', error: string): Promise<never> {
    this.send({ type: 'fail', code, error });
    return this.pending.untilAborted();
  }

  private refuseInsideStep(call: string): void {
    if (steps.current !== this) return;
    throw new Error(`${call} cannot be called inside of a step, because a recorded step is not run again`);
  }

  /** The same on every attempt, and usable as an HTTP header. */
  private idempotencyKey({ name, occurrence }: StepId): string {
    const hash = createHash('sha256').update(JSON.stringify([this.start.turnId, name, occurrence]));
    return `step_${hash.digest('hex').slice(0, 40)}`;
  }
}

/** A person's answer about a step whose outcome is not known. */
interface UnknownOutcome {
  outcome: 'retry' | 'done';
  result?: unknown;
}

/** Throws what a failed step has thrown. */
function outcomeOf(recorded: RecordedStep): unknown {
  if (recorded.state === 'failed') throw toError(recorded.error);
  return recorded.state === 'completed' && recorded.result !== null ? JSON.parse(recorded.result) : undefined;
}

/** Approximate size of a step's record. */
function sizeOf(step: NewStep): number {
  return 100 + step.name.length + (step.state === 'completed' ? (step.result?.length ?? 0) : 0);
}
