import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { AboutSession, AboutTurn } from '../facts/fact.js';
import { Facts } from '../facts/facts.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { AfterCommit } from '../transactions/after-commit.js';
import { type AcceptedRun, AcceptedRuns } from '../turns/accepted-runs.js';
import { TurnDispatcher } from '../turns/turn-dispatcher.js';
import { type ChangedTurn, TurnEffects } from '../turns/turn-effects.js';
import type { RemovedSession } from './session.store.js';

/**
 * Effects of a change by a call or by the sweeper, after its commit. `manager` is the caller's, if their transaction
 * contains the change.
 */
@Injectable()
export class SessionEffects {
  constructor(
    private readonly afterCommit: AfterCommit,
    private readonly facts: Facts,
    private readonly turns: TurnEffects,
    private readonly dispatcher: TurnDispatcher,
    private readonly runs: AcceptedRuns,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
  ) {}

  created({ sessionId, owner }: AboutSession, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.facts.publish({ type: 'session.created', sessionId, owner });
    });
  }

  expired({ id: sessionId, owner }: RemovedSession, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.facts.publish({ type: 'session.expired', sessionId, owner });
    });
  }

  deleted({ sessionId, owner }: AboutSession, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.notifier.publish({ sessionId });
      this.facts.publish({ type: 'session.deleted', sessionId, owner });
    });
  }

  /** `run` is the turn's run if it started with the acceptance. */
  accepted(turn: AboutTurn, manager?: EntityManager, run?: AcceptedRun): void {
    this.afterCommit.run(manager, () => {
      this.turns.queued(turn);
      if (run) this.runs.begin(run);
      else this.dispatcher.dispatch(turn.turnId);
    });
  }

  /** `isLast` if no further question of the turn is pending. */
  answered(turn: AboutTurn, isLast: boolean, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      if (!isLast) {
        this.turns.answered(turn);
        return;
      }
      this.turns.resumed(turn);
      this.dispatcher.dispatch(turn.turnId);
    });
  }

  cancelled(turn: ChangedTurn, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.turns.cancelled(turn);
    });
  }
}
