import type { EntityManager } from 'typeorm';

import type { NewInterrupt, NewStep, TurnRecording } from '../agents/recording/recording.js';
import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { TurnRun } from './turn-run.js';

/** Injection token of the {@link RecordingStore}. */
export const RECORDING_STORE = Symbol.for('nestjs-agent-sessions:recording-store');

/** An answer to a question. */
export interface InterruptAnswer {
  interruptId: string;
  /** JSON text. */
  value: string;
  /** Checks the answer by the interrupt's schema (JSON text), and says what is wrong with it. */
  findProblem: (schema: string) => string | undefined;
  /** Makes the answer idempotent; its `answer` is completed by the session's status. */
  request?: IdempotentRequest;
}

/** The outcome of an answer. */
export type AnswerOutcome =
  /** `status` is the session's: `running` after the last pending answer. */
  | { outcome: 'answered'; turnId: string; status: 'running' | 'interrupted'; owner?: string }
  /** By the interrupt's schema. */
  | { outcome: 'unfit'; problem: string }
  | { outcome: 'session_not_found' | 'not_interrupted' | 'interrupt_not_found' }
  | IdempotencyOutcome;

/** A pending question whose time is over. */
export interface OverdueInterrupt {
  id: string;
  key: string;
  sessionId: string;
  turnId: string;
  attempt: number;
  /** The owner of the session, if it has one. */
  owner?: string;
  /** Present if the turn has a webhook. */
  hasWebhook?: true;
  /** JSON text of the answer at its expiry; without it the turn fails. */
  expiryValue?: string;
}

/** What the expiry of a question has done to its turn; undefined if the question was no longer pending. */
export type ExpiryOutcome = 'failed' | 'resumed' | 'still_interrupted' | undefined;

/**
 * What runs record besides their end, and the questions on which a turn waits. Like the transitions of the TurnStore,
 * each write happens as a whole or not at all, and the writes of a run name its attempt, the fence.
 *
 * ```
 * running ─ suspend ─> interrupted ─ answer or expire, for the last pending question ─> queued
 *                                  └ expire, without a value ─> failed
 * ```
 */
export interface RecordingStore {
  /** What the earlier runs of a turn have recorded. */
  read(turnId: string): Promise<TurnRecording>;

  /**
   * Records a step of a run; false where the run is lost. Atomic. Prevents a run that has lost its turn from recording a
   * result that the next run would then not find, or find twice.
   */
  recordStep(run: TurnRun, step: NewStep): Promise<boolean>;

  /**
   * Running -> interrupted, session -> interrupted, with the run's questions; false where the run is lost.
   *
   * Atomic: turn, session, questions, and the delivery of a webhook with `include_interrupts`. Prevents a session that
   * waits for a person from having no question, and a question of a lost run from being answered.
   */
  suspend(run: TurnRun, interrupts: NewInterrupt[], totalTokens?: number): Promise<boolean>;

  /**
   * Answers a pending question; after the last one the turn is queued and the session running. A question whose time is
   * over is not pending.
   *
   * Atomic: the answer, turn, session and idempotency record, in the caller's transaction where there is one. Prevents
   * two answers to one question from both being confirmed, and two answers to the last two questions that arrive at the
   * same time from each leaving the turn to the other.
   */
  answer(
    scope: SessionScope,
    sessionId: string,
    answer: InterruptAnswer,
    manager?: EntityManager,
  ): Promise<AnswerOutcome>;

  /** Pending questions of the module whose time is over, by the database's clock. */
  overdue(limit: number): Promise<OverdueInterrupt[]>;

  /**
   * Ends a question whose time is over: with its value as the answer, or its turn fails with `error`.
   *
   * Atomic, and checked again by the statement: prevents an expiry from overtaking an answer that was confirmed.
   */
  expire(interrupt: OverdueInterrupt, error: string): Promise<ExpiryOutcome>;
}
