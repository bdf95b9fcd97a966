import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { copyMessage } from '../messages/copy-message.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { AcceptedRun } from './accepted-runs.js';
import { TurnRunner } from './turn-runner.js';
import { TurnWorker } from './turn-worker.js';
import { type AcceptOutcome, type NewTurn, TURN_STORE, type TurnStore } from './turn.store.js';

/** The outcome of a message, and its run if it started with the acceptance. */
export interface Acceptance {
  outcome: AcceptOutcome;
  run?: AcceptedRun;
}

/**
 * Accepts turns: as running if this process has a free slot, which is taken first, otherwise as queued. That saves
 * the claim and so a commit. A turn is always queued in a caller's transaction, because that may last, and with
 * `maxAttempts` of 1, because a database crash may undo the record that its agent was called.
 */
@Injectable()
export class TurnAcceptance {
  constructor(
    private readonly worker: TurnWorker,
    private readonly runner: TurnRunner,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<Acceptance> {
    const mayStart = manager === undefined && this.options.maxAttempts > 1;
    const slot = mayStart ? this.worker.reserve() : undefined;
    if (!slot) return { outcome: await this.turns.accept(scope, sessionId, turn, manager) };
    const asked = performance.now();
    const { worker } = this.runner;
    const { id: turnId } = turn;
    this.runner.expect({ turnId, sessionId, attempt: 1 });
    let outcome: AcceptOutcome | undefined;
    try {
      // A copy, because the host may change its message while it is stored.
      const message = copyMessage(turn.message);
      outcome = await this.turns.accept(scope, sessionId, { ...turn, message, worker });
    } finally {
      // If the database's response is lost, the turn may be running without a run; its lease then expires.
      if (outcome?.outcome !== 'accepted') {
        this.runner.forget(turnId);
        slot.release();
      }
    }
    if (outcome.outcome !== 'accepted' || !outcome.run) return { outcome };
    const run = this.runner.adopt(outcome.run, asked);
    this.runner.expect(run);
    return { outcome, run: { run, slot } };
  }
}
