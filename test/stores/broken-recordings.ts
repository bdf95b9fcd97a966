import type { TurnRun } from '../../src/turns/turn-run.js';
import { type BrokenStore, changed, valueOf, type Workings } from './broken-stores.js';
import { recordings } from './suite/recordings.js';

/** The run with the attempt that its turn has by now. */
async function current(workings: Workings, run: TurnRun): Promise<TurnRun> {
  return { ...run, attempt: await valueOf<number>(workings, 'attempt', 'agent_turn', run.turnId) };
}

/** Faults in what runs record. */
export const brokenRecordings: BrokenStore[] = [
  {
    fault: 'forgets the fence when a step is recorded',
    suite: recordings,
    case: 'ignores the steps of a run that is no longer current',
    break: (workings) => ({
      recordings: changed(workings.whole.recordings, {
        recordStep: async (run, step) =>
          workings.whole.recordings.recordStep(await current(workings, run), step),
      }),
    }),
  },
  {
    fault: 'records a step after a cancel',
    suite: recordings,
    case: 'and a cancel have one winner when they race',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        recordStep: async (...step) => {
          await store.recordStep(...step);
          return false;
        },
      }),
    }),
  },
  {
    fault: 'forgets the outcome of a step',
    suite: recordings,
    case: 'has one record of a step: its outcome replaces its start, with the run that recorded it',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        recordStep: async (run, step) => {
          const begun = await query<unknown[]>(`SELECT 1 FROM agent_step WHERE turn_id = '${run.turnId}'`);
          return begun.length > 0 || store.recordStep(run, step);
        },
      }),
    }),
  },
  {
    fault: 'forgets the fence when a run is suspended',
    suite: recordings,
    case: 'does not let a run ask that is no longer current',
    break: (workings) => ({
      recordings: changed(workings.whole.recordings, {
        suspend: async (run, ...rest) =>
          workings.whole.recordings.suspend(await current(workings, run), ...rest),
      }),
    }),
  },
  {
    fault: 'leaves the session as it is when a turn is suspended',
    suite: recordings,
    case: 'makes a turn wait as a whole: turn, session and questions, in their order',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        suspend: async (run, ...rest) => {
          const suspended = await store.suspend(run, ...rest);
          await query(`UPDATE agent_session SET status = 'running' WHERE id = '${run.sessionId}'`);
          return suspended;
        },
      }),
    }),
  },
  {
    fault: 'loses the delivery of a suspension',
    suite: recordings,
    case: 'leaves a delivery of the questions only for a webhook that wants them',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        suspend: async (run, ...rest) => {
          const suspended = await store.suspend(run, ...rest);
          await query(`DELETE FROM agent_webhook_delivery WHERE turn_id = '${run.turnId}'`);
          return suspended;
        },
      }),
    }),
  },
  {
    fault: 'keeps the questions of a cancelled turn',
    suite: recordings,
    case: 'ends with the questions of a turn that is cancelled or deleted',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        cancel: async (...call) => {
          const outcome = await turns.cancel(...call);
          if (outcome.outcome === 'cancelled') {
            await query(`UPDATE agent_interrupt SET status = 'pending' WHERE turn_id = '${outcome.turnId}'`);
          }
          return outcome;
        },
      }),
    }),
  },
];
