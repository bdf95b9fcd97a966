import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../agents/turn-output.js';
import type { TurnCode } from '../facts/turn-end.js';
import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Webhook } from '../webhooks/webhook.js';
import type { TurnRecord } from './turn.js';

/** Injection token of the {@link TurnStore}. */
export const TURN_STORE = Symbol.for('nestjs-agent-sessions:turn-store');

/** The error of a cancelled turn and of its session. */
export const TURN_CANCELLED = 'Turn cancelled';

/** One run of a turn. The attempt is the fence: a write with an older one changes nothing. */
export interface TurnRun {
  turnId: string;
  sessionId: string;
  attempt: number;
}

/** A run that has just started, with all data for the agent. */
export interface ClaimedTurn extends TurnRun {
  /** The owner of the session, if it has one. */
  owner?: string;
  message: ChatMessage;
  /** The history before the message; undefined if it has to be read separately, for example because it is too large. */
  history?: ChatMessage[];
  /** Its length, in messages. */
  historyLength: number;
  /**
   * Whether all earlier runs were lost with their workers and this is the last allowed. If this worker dies, the turn
   * is considered the cause: no turn beside it is charged with a lost run.
   */
  isLastRun: boolean;
  /** Whether the turn has a webhook. */
  hasWebhook: boolean;
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
  /** Makes the acceptance idempotent. */
  request?: IdempotentRequest;
  /** The worker that has a free slot for the turn; the turn is then accepted as running, with its first run. */
  worker?: string;
}

/** The outcome of a message. */
export type AcceptOutcome =
  /** `run` is the first run of a turn that was accepted as running. */
  | { outcome: 'accepted'; owner?: string; run?: ClaimedTurn }
  | { outcome: 'busy'; turnId: string }
  | { outcome: 'session_not_found' }
  /** The history would be larger than `maxHistory`. */
  | { outcome: 'history_too_large' }
  | IdempotencyOutcome;

/** The outcome of a request to cancel. */
export type CancelOutcome =
  | { outcome: 'cancelled'; turnId: string; owner?: string; hasWebhook?: true }
  | { outcome: 'nothing_running' }
  | { outcome: 'turn_mismatch'; turnId: string }
  | { outcome: 'session_not_found' };

/** A run whose worker is silent. */
export interface LostRun extends TurnRun {
  /** The owner of the session, if it has one. */
  owner?: string;
  /** Present if the turn has a webhook. */
  hasWebhook?: true;
  /** Number of lost runs of the turn, this one included. */
  lostRuns: number;
}

/** The lease of a running turn that has expired, or expires soon unless it is renewed. */
export interface ExpiringLease {
  turnId: string;
  attempt: number;
  /** On the database's clock, in microseconds. */
  leaseUntil: string;
}

/** The outcome of writing a run's result. */
export type CompleteOutcome =
  | 'completed'
  /** The run has lost its turn; nothing is written. */
  | 'lost'
  /** The history would be larger than `maxHistory`; nothing is written. */
  | 'history_too_large';

/** The database's report on runs. A run in neither list is held, but its row is locked by a transaction. */
export interface Renewal {
  /** The turns whose leases were renewed. */
  renewed: string[];
  /** The turns that have ended or that another run has claimed. */
  lost: string[];
}

/** A page of a session's turns. */
export interface TurnPage {
  /** The turns of the page, oldest first. */
  turns: TurnRecord[];
  /** The number of the page's last turn, where more follow. */
  next?: number;
}

/** The outcome of a lost run for its turn. */
export interface ReclaimedRun extends LostRun {
  /** The reason for which the turn has failed; undefined if it was requeued. */
  error?: string;
}

/**
 * All changes of a turn's state. Each method is one atomic compare-and-set: if the turn is not in the expected state,
 * nothing changes. Each dialect has its own implementation, and one test suite covers all. A transition that ends a
 * turn
 * with a webhook inserts a delivery in the same transaction. After DatabaseUnavailableException and TryAgainException
 * the
 * outcome is unknown: committed or not. After DatabaseRejectedException nothing was changed, and a retry would fail,
 * too.
 *
 * ```
 * accept ─> queued ─ claim ─> running ─ complete ─> completed      (or from accept to running at once)
 *             ^                  │ ├─── fail ─────> failed
 *             └── requeue ───────┘ └─── cancel ───> cancelled (also from queued)
 * ```
 */
export interface TurnStore {
  /**
   * Session idle or in error -> running, with a queued turn, or with a running one if the turn names a worker. A run
   * that starts this way does not count as lost before its first renewal, because its worker may die before it calls
   * the agent.
   */
  accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome>;

  /**
   * Queued -> running by a worker, with a lease; undefined if the turn is not queued (any more) or its row is locked
   * by another transaction. A worker that `isolates` last runs, each in a child process, cannot be killed by them, so
   * they are not considered the cause of its death.
   */
  claim(turnId: string, worker: string, isolates?: boolean): Promise<ClaimedTurn | undefined>;

  /**
   * For a claim that the database refuses: counts as a lost run of the queued turn, which stays queued, or fails with
   * `describe` if that was its last. Undefined if the turn is not queued.
   */
  countRefusedClaim(turnId: string, describe: (lost: LostRun) => string): Promise<ReclaimedRun | undefined>;

  /**
   * Renews leases, also expired ones as long as no other run has claimed the turn. Waits for no row lock, and not for
   * the disk if the database supports that: a crash of the database may undo it.
   */
  renew(runs: TurnRun[]): Promise<Renewal>;

  /** Running -> completed, session -> idle, messages recorded. */
  complete(run: TurnRun, result: TurnResult, totalTokens?: number): Promise<CompleteOutcome>;

  /** Running -> failed, session -> error; false if the run is lost. */
  fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean>;

  /** Running -> queued, by a worker that stops; false if the run is lost. */
  requeue(run: TurnRun): Promise<boolean>;

  /** Any unfinished state -> cancelled, session -> error. With `turnId`, only if that is the unfinished turn. */
  cancel(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<CancelOutcome>;

  /**
   * Ends up to `limit` runs whose lease has expired: their turns are requeued, or fail with `describe` if they have
   * no runs left. The runs of this process, given as `own`, are skipped. Runs whose rows are locked or cannot be
   * changed are skipped individually; `onError` receives the reason. If the database's clock is not this process's,
   * `confirms` is called for each lease that expires soon or has expired, and only confirmed runs are ended, because
   * the clock may have been set.
   */
  reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError?: (lost: LostRun, error: unknown) => void,
    confirms?: (lease: ExpiringLease) => boolean,
  ): Promise<ReclaimedRun[]>;

  /** The turns that have been queued for longest, except those queued in the last `olderThan` ms. */
  queued(limit: number, olderThan: number): Promise<string[]>;

  /**
   * A session's turns, oldest first, after the one with the number `after`: at most `limit`, and fewer if they are
   * large. Undefined if there is no such session.
   */
  list(
    scope: SessionScope,
    sessionId: string,
    page: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<TurnPage | undefined>;
}
