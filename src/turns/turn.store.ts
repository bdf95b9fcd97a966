import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../agents/turn-output.js';
import type { TurnCode } from '../facts/turn-end.js';
import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryName } from '../messages/recent-histories.js';
import type { StreamedMessages } from '../messages/streamed-ids.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Webhook } from '../webhooks/webhook.js';
import type {
  Beginning,
  BeginningRun,
  ExpiringLease,
  LostRun,
  ReclaimedRun,
  Holding,
  TurnRun,
} from './turn-run.js';
import type { SessionInterrupt } from '../interrupts/interrupt.js';
import type { CancelOutcome, CompleteOutcome } from './end-outcomes.js';
import type { ClientNames, TurnReadStore } from './turn-read.store.js';

/** Injection token of the {@link TurnStore}. */
export const TURN_STORE = Symbol.for('nestjs-agent-sessions:turn-store');

/** The error of a cancelled turn and of its session. */
export const TURN_CANCELLED = 'Turn cancelled';

/** A run that has just started, with all data for the agent. */
export interface ClaimedTurn extends TurnRun {
  /** The owner of the session, if it has one. */
  owner?: string;
  /** The session's metadata, if it has some. */
  metadata?: Record<string, unknown>;
  /** Time of the session's creation, ISO 8601. */
  sessionCreatedAt: string;
  /** Time of the session's last update before the run, ISO 8601. */
  sessionUpdatedAt: string;
  message: ChatMessage;
  /** The history before the message; undefined if it has to be read separately, for example because it is too large. */
  history?: ChatMessage[];
  /** Its length, in messages. */
  historyLength: number;
  /** Its name: changes when the history is replaced, and differs between sessions that have had the same id. */
  historyName: HistoryName;
  /**
   * Whether all earlier runs were lost with their workers and this is the last allowed. If this worker dies, the turn
   * is considered the cause: no turn beside it is charged with a lost run.
   */
  isLastRun: boolean;
  /** Whether the turn has a webhook. */
  hasWebhook: boolean;
  /** The last event of the session's log: that of the run's start. */
  lastEventId: number;
  /** The size of what earlier runs of the turn have emitted. */
  eventBytes: number;
  /** Time in the queue before this run, in ms. */
  waited: number;
  /** The W3C `traceparent` of the message's request. */
  traceparent?: string;
}

/** A turn to accept. */
export interface NewTurn {
  id: string;
  message: ChatMessage;
  webhook?: Webhook;
  /** The W3C `traceparent` of the request, for the spans and the webhook. */
  traceparent?: string;
  /** What a client of a UI protocol calls the message and its run. */
  client?: ClientNames | undefined;
  /** Makes the acceptance idempotent. */
  request?: IdempotentRequest;
  /** The worker that has a free slot for the turn; the turn is then accepted as running, with its first run. */
  worker?: string;
}

/** The outcome of a message. */
export type AcceptOutcome =
  /** `run` is the first run of a turn that was accepted as running. */
  | { outcome: 'accepted'; owner?: string; run?: ClaimedTurn }
  /** `interrupts` if the turn waits for answers. */
  | { outcome: 'busy'; turnId: string; interrupts: SessionInterrupt[] | null }
  | { outcome: 'session_not_found' }
  /** The history would be larger than `maxHistory`. */
  | { outcome: 'history_too_large' }
  | IdempotencyOutcome;

/**
 * All changes of a turn's state. The guarded transitions are accept, claim, countRefusedClaim, renew, complete, fail,
 * requeue, charge, cancel and reclaim: each happens as a whole if the turn is in the expected state, and else changes
 * nothing. The writes of a run (renew, complete, fail, requeue, charge) name its attempt as well, the fence: a run
 * whose turn was claimed again, or has ended, is lost and changes nothing. The methods of the
 * {@link TurnReadStore} are plain reads.
 *
 * Every transition writes its event to the session's log in the same transaction, and the end of a turn with a webhook
 * its delivery. Each dialect has its own
 * implementation; one test suite states the rules for both, and is itself run against broken
 * stores. Throws DatabaseUnavailableException and TryAgainException, after which all or nothing has happened, and
 * DatabaseRejectedException, after which nothing has happened and a repetition would not succeed.
 *
 * ```
 * accept ─> queued ─ claim ─> running ─ complete ─> completed      (or from accept to running at once)
 *             ^                  │ ├─── fail ─────> failed
 *             └── requeue ───────┘ └─── cancel ───> cancelled (also from queued)
 * ```
 */
export interface TurnStore extends TurnReadStore {
  /**
   * Session idle or in error -> running, with a queued turn, or with a running one where the turn names a worker. A
   * run that begins so does not count as lost until it has begun or been renewed: its worker may die before it calls the agent.
   *
   * Atomic: the session's state, the turn and the idempotency record, in the caller's transaction where there is one.
   * Prevents two requests that read an idle session at the same time from both starting a turn, and a repeated request
   * from starting a second one, also if the process dies between the commit and its answer.
   */
  accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome>;

  /**
   * Queued -> running by a worker, with a lease; undefined where the turn is not queued (any more) or its row is
   * locked by another transaction. A worker that `isolates` last runs, each in a process of its own, does not die of
   * them: they are not taken for the cause of its death.
   *
   * Atomic: the status, the new attempt, the lease, and the history that comes with it. Prevents two workers that got
   * the same wake-up from both running the turn, and a run from seeing a history that does not fit its attempt.
   */
  claim(turnId: string, worker: string, isolates?: boolean): Promise<ClaimedTurn | undefined>;

  /**
   * For a claim that the database refuses: counts as a lost run of the queued turn, which stays queued or has
   * failed with `describe` where that was its last. Undefined where the turn is not queued.
   *
   * Atomic: the count or the failure with all its effects. Prevents two workers that were refused from counting the
   * same loss, and a turn that no worker can claim from being tried without an end.
   */
  countRefusedClaim(turnId: string, describe: (lost: LostRun) => string): Promise<ReclaimedRun | undefined>;

  /**
   * Records that the agents of runs are called, so that their loss counts, and reads histories. Leases, which are new,
   * stay as they are; otherwise the rules of `renew` apply.
   */
  begin(runs: BeginningRun[]): Promise<Beginning>;

  /**
   * Prolongs leases, expired ones too as long as no other run has claimed the turn. Waits for no row, and for no disk
   * where the database has that choice: a crash of the database may undo it.
   *
   * Atomic for each run. Prevents a worker that was silent for a while from keeping a turn that another one runs by
   * now. One locked row delays no other renewal, because the leases of all other runs would expire meanwhile.
   */
  renew(runs: TurnRun[]): Promise<Holding>;

  /**
   * Running -> completed, session -> idle, messages recorded, under the ids with which the run has `streamed` them.
   *
   * Atomic: turn, session, messages and delivery. Prevents a lost run, or one that races with a cancel, from
   * recording its messages: they would be in the history twice, or after the cancel was answered.
   */
  complete(
    run: TurnRun,
    result: TurnResult,
    totalTokens?: number,
    streamed?: StreamedMessages,
  ): Promise<CompleteOutcome>;

  /**
   * Running -> failed, session -> error; false where the run is lost.
   *
   * Atomic: turn, session and delivery. Prevents a lost run from failing a turn that another run may still complete.
   */
  fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean>;

  /**
   * Running -> queued, by a worker that stops; false where the run is lost. It does not count as a lost run. Atomic.
   * Prevents a worker that stops late from taking the turn away from its next run.
   */
  requeue(run: TurnRun): Promise<boolean>;

  /**
   * Makes the loss of this run count for its turn, even if it runs in a process of its own; false where the run is
   * lost. Atomic. Prevents a run whose end the database refuses from being followed by more runs than `maxAttempts`.
   */
  charge(run: TurnRun): Promise<boolean>;

  /**
   * Any unfinished state -> cancelled, session -> error. With `turnId` only if that is the unfinished turn.
   *
   * Atomic: turn, session and delivery, in the caller's transaction where there is one. Prevents a cancel that arrives
   * late from ending the session's next turn (`turnId`), and cancel and end of one turn from both being confirmed.
   */
  cancel(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<CancelOutcome>;

  /**
   * Ends up to `limit` runs whose lease has expired: back to the queue, or failed with `describe` where the
   * turn has lost as many runs as it may. The runs of this process, which `own` names, are left alone. Runs whose
   * rows are locked or cannot be changed are passed over, each on its own; `onError` gets the reason. Where the
   * database's clock is not this process's, `confirms` is asked about each lease that ends soon or has expired, and
   * only runs that it confirms are ended: the clock may have been set.
   *
   * Atomic for each run. The expired lease and the number of lost runs are checked again by the statement that ends
   * it: prevents two sweepers from counting one loss twice, and a run that was renewed meanwhile from being ended.
   */
  reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError?: (lost: LostRun, error: unknown) => void,
    confirms?: (lease: ExpiringLease) => boolean,
  ): Promise<ReclaimedRun[]>;
}
