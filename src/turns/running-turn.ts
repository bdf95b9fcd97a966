import { containListeners } from '../agents/contained-signal.js';
import type { ClaimedTurn, TurnRun } from './turn.store.js';

/** Why a run was cut off; the reason of its signal. */
export class RunAborted extends Error {
  override readonly name = 'AbortError';

  constructor(
    override readonly cause: 'lost' | 'timed_out' | 'shutdown',
    message: string,
  ) {
    super(message);
  }
}

/** A run in this process: what the database says of it, and the means to cut it off. */
export class RunningTurn implements TurnRun {
  readonly turnId: string;
  readonly sessionId: string;
  readonly attempt: number;
  /** When the database last said that the run holds its turn, on this process's monotonic clock. */
  heardAt: number;
  /** When it began, on the same clock. */
  readonly began = performance.now();
  /** Whether its end is being written; a renewal may then find the turn ended. */
  isSettling = false;
  /** Whether the database said that the turn has ended or is another run's. */
  isLost = false;
  /** Tokens that the agent reported. */
  totalTokens: number | undefined;
  /** Settles when the agent no longer runs; never rejects. */
  agent: Promise<unknown> = Promise.resolve();

  /** Resolves when the run is cut off. */
  readonly cutOff: Promise<undefined>;
  private resolveCutOff: () => void = () => undefined;
  private cutOffReason: RunAborted | undefined;

  private readonly controller = new AbortController();

  constructor(
    readonly claimed: ClaimedTurn,
    heardAt: number,
    onListenerError: (error: unknown) => void,
  ) {
    this.turnId = claimed.turnId;
    this.sessionId = claimed.sessionId;
    this.attempt = claimed.attempt;
    this.heardAt = heardAt;
    containListeners(this.signal, onListenerError);
    this.cutOff = new Promise((resolve) => {
      this.resolveCutOff = () => {
        resolve(undefined);
      };
    });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why it was cut off, if it was. */
  get reason(): RunAborted | undefined {
    return this.cutOffReason;
  }

  /** The first reason counts. It is not read from the signal, because the agent can dispatch events on that. */
  abort(reason: RunAborted): void {
    this.cutOffReason ??= reason;
    this.controller.abort(reason);
    this.resolveCutOff();
  }

  /** For logs. */
  get label(): string {
    return `session ${this.sessionId} turn ${this.turnId} attempt ${this.attempt}`;
  }
}
