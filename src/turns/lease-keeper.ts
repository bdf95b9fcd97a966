import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { NOTIFIER, type Notifier, type SessionChange } from '../notifications/notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { every, withDeadline } from '../timing/timers.js';
import { RunAborted } from './run-aborted.js';
import { LOST } from './run-end.js';
import type { RunningTurn } from './running-turn.js';
import { TurnRunner } from './turn-runner.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/**
 * Renews the leases of this process's runs with one statement, and aborts lost runs: ended by a client, taken over,
 * or without contact to the database for so long that they may have been.
 */
@Injectable()
export class LeaseKeeper {
  private readonly logger = new ContainedLogger(LeaseKeeper.name);
  private stopTimer: () => void = () => undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly runner: TurnRunner,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  start(): void {
    this.stopTimer = every(this.interval, () => void this.renew(this.runner.runs));
    // Another process or a client may have ended a turn that runs here, for example by a cancel or deletion.
    this.unsubscribe = this.notifier.subscribe((change) => {
      if (change.onlyLog) return;
      void this.renew(this.runner.runs.filter((run) => concerns(change, run)));
    });
  }

  stop(): void {
    this.stopTimer();
    this.unsubscribe();
  }

  /** Renews the leases of these runs. Never throws. */
  async renew(runs: RunningTurn[]): Promise<void> {
    if (runs.length === 0) return;
    const asked = performance.now();
    try {
      const lost = new Set((await withDeadline(this.turns.renew(runs), this.interval)).lost);
      for (const run of runs) {
        if (!lost.has(run.turnId)) {
          // Renewed, or locked by a transaction, so that no other run can claim the turn either.
          run.heardAt = asked;
          continue;
        }
        run.isLost = true;
        this.cutOff(run, 'it was cancelled, deleted or taken over');
      }
    } catch (error) {
      this.logger.warn(`Leases of ${runs.length} turns could not be renewed: ${toLogText(error)}`);
      // By this process's clock only, because the database's clock may be set while the process runs.
      for (const run of runs) {
        if (performance.now() - run.heardAt >= this.options.lease) this.cutOff(run, 'its lease has run out');
      }
    }
  }

  private get interval(): number {
    return this.options.lease / 3;
  }

  private cutOff(run: RunningTurn, why: string): void {
    if (run.isCutOff || run.isSettling) return;
    this.logger.log(`Cut off, since ${why}: ${run.label}`);
    run.abort(new RunAborted('lost', `This run has lost its turn: ${why}`, LOST));
  }
}

function concerns(change: SessionChange, run: RunningTurn): boolean {
  return change.sessionId === run.sessionId && (change.turnId ?? run.turnId) === run.turnId;
}
