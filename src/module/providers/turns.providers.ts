import type { Provider } from '@nestjs/common';

import { AcceptedRuns } from '../../turns/accepted-runs.js';
import { AgentErrors } from '../../turns/agent-errors.js';
import { EventOutbox } from '../../turns/event-outbox.js';
import { LeaseKeeper } from '../../turns/lease-keeper.js';
import { LingeringAgents } from '../../turns/lingering-agents.js';
import { LostRuns } from '../../turns/lost-runs.js';
import { OverdueInterrupts } from '../../turns/overdue-interrupts.js';
import { OverdueTurns } from '../../turns/overdue-turns.js';
import { RunRecorder } from '../../turns/run-recorder.js';
import { RunServices } from '../../turns/run-services.js';
import { TurnAcceptance } from '../../turns/turn-acceptance.js';
import { TurnDispatcher } from '../../turns/turn-dispatcher.js';
import { TurnEffects } from '../../turns/turn-effects.js';
import { TurnRecordings } from '../../turns/turn-recordings.js';
import { TurnRunner } from '../../turns/turn-runner.js';
import { TurnWorker } from '../../turns/turn-worker.js';

/** Running turns, and finding turns without a wake-up. */
export const turnsProviders: Provider[] = [
  TurnAcceptance,
  AcceptedRuns,
  TurnDispatcher,
  TurnWorker,
  TurnRunner,
  RunServices,
  AgentErrors,
  RunRecorder,
  LingeringAgents,
  EventOutbox,
  LeaseKeeper,
  LostRuns,
  TurnEffects,
  OverdueTurns,
  TurnRecordings,
  OverdueInterrupts,
];
