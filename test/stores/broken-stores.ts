import type { DataSource } from 'typeorm';

import type { StoreSettings } from '../../src/database/database.options.js';
import type { Stores } from '../../src/database/stores.js';
import type { TurnRun } from '../../src/turns/turn-run.js';
import type { ClaimedTurn } from '../../src/turns/turn.store.js';
import type { ClaimedDelivery } from '../../src/webhooks/delivery.store.js';
import type { StoreSuite } from './store-suite.js';
import { deliveries } from './suite/deliveries.js';
import { eventLog } from './suite/event-log.js';
import { findDeliveries } from './suite/find-deliveries.js';
import { idempotency } from './suite/idempotency.js';
import { queue } from './suite/queue.js';
import { sessionLists } from './suite/session-lists.js';
import { sessionCount } from './suite/session-count.js';
import { sessions } from './suite/sessions.js';
import { turnCancel } from './suite/turn-cancel.js';
import { turnReclaim } from './suite/turn-reclaim.js';
import { turnTransitions } from './suite/turn-transitions.js';

/** What a fault may use: the stores that work, others on the same database, and the database itself. */
export interface Workings {
  whole: Stores;
  settings: StoreSettings;
  open: (settings: Partial<StoreSettings>) => Stores;
  query: DataSource['query'];
}

/** One rule of the contract that a store does not keep, and the case that has to fail because of it. */
export interface BrokenStore {
  fault: string;
  suite: StoreSuite;
  case: string;
  break: (workings: Workings) => Partial<Stores>;
}

/** A store of which some methods are replaced. */
export function changed<Store extends object>(store: Store, changes: Partial<Store>): Store {
  return Object.assign(Object.create(store) as Store, changes);
}

/** One value of a row. */
export async function valueOf<T>({ query }: Workings, column: string, table: string, id: string): Promise<T> {
  const [row] = await query<{ value: T }[]>(`SELECT ${column} AS value FROM ${table} WHERE id = '${id}'`);
  return row?.value as T;
}

/** Gives the result of the one call per key that has a result to all other calls of that key. */
function firstOf<T>(): (key: string, result: Promise<T | undefined>) => Promise<T | undefined> {
  const results = new Map<string, Promise<T | undefined>[]>();
  return async (key, result) => {
    const ofKey = results.get(key) ?? [];
    results.set(key, [...ofKey, result]);
    const own = await result;
    return own ?? (await Promise.all(results.get(key) ?? [])).find((other) => other !== undefined);
  };
}

const claimedTurns = firstOf<ClaimedTurn>();
const claimedDeliveries = firstOf<ClaimedDelivery>();
const acceptedRequests = new Set<string>();

export const brokenStores: BrokenStore[] = [
  {
    fault: 'forgets the fence when a run ends',
    suite: turnTransitions,
    case: 'ignore writes of a run that is no longer current',
    break: (workings) => {
      const { turns } = workings.whole;
      const current = async (run: TurnRun) => ({
        ...run,
        attempt: await valueOf<number>(workings, 'attempt', 'agent_turn', run.turnId),
      });
      return {
        turns: changed(turns, {
          complete: async (run, ...rest) => turns.complete(await current(run), ...rest),
          fail: async (run, ...rest) => turns.fail(await current(run), ...rest),
        }),
      };
    },
  },
  {
    fault: 'renews what is lost',
    suite: turnTransitions,
    case: 'report for many runs at once which are lost',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        renew: (runs) => Promise.resolve({ held: runs.map(({ turnId }) => turnId), lost: [] }),
      }),
    }),
  },
  {
    fault: 'gives runs that begin another history',
    suite: turnTransitions,
    case: 'begin with the histories that are wanted and small, if they are not lost',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        begin: async (runs) => {
          const begun = await turns.begin(runs);
          return { ...begun, histories: new Map(runs.map(({ turnId }) => [turnId, []])) };
        },
      }),
    }),
  },
  {
    fault: 'counts a lost run twice',
    suite: turnReclaim,
    case: 'end the turn in error after maxAttempts lost runs',
    break: ({ settings, open }) => ({
      turns: open({ maxAttempts: Math.ceil(settings.maxAttempts / 2) }).turns,
    }),
  },
  {
    fault: 'counts a run that was handed back as lost',
    suite: turnReclaim,
    case: 'are counted apart from runs that a stopping worker requeued',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        requeue: async (run) => {
          await query(`UPDATE agent_turn SET lost_runs = lost_runs + 1 WHERE id = '${run.turnId}'`);
          return turns.requeue(run);
        },
      }),
    }),
  },
  {
    fault: 'reclaims runs of its own process',
    suite: turnReclaim,
    case: 'are not reclaimed while their lease holds, or by their own process',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { reclaim: (_own, ...rest) => turns.reclaim([], ...rest) }),
    }),
  },
  {
    fault: 'does not charge an isolated run that is let go of',
    suite: turnReclaim,
    case: 'in a child process are charged if they are let go of, because their end is refused',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { charge: ({ attempt }) => Promise.resolve(attempt === 2) }),
    }),
  },
  {
    fault: 'completes after a cancel',
    suite: turnCancel,
    case: 'and an end that adds to the history have one winner when they race',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        complete: async (run, ...rest) => {
          const outcome = await turns.complete(run, ...rest);
          if (outcome !== 'lost') return outcome;
          await query(`UPDATE agent_turn SET status = 'completed' WHERE id = '${run.turnId}'`);
          return 'completed';
        },
      }),
    }),
  },
  {
    fault: 'cancels whichever turn is current',
    suite: turnCancel,
    case: 'of another turn or session changes nothing',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { cancel: (scope, id) => turns.cancel(scope, id) }),
    }),
  },
  {
    fault: 'cancels for another owner',
    suite: turnCancel,
    case: 'of another turn or session changes nothing',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { cancel: (_scope, ...rest) => turns.cancel({}, ...rest) }),
    }),
  },
  {
    fault: 'accepts a second turn of a session',
    suite: turnTransitions,
    case: 'have one winner when 20 race to be accepted',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        accept: async (...turn) => {
          const outcome = await turns.accept(...turn);
          return outcome.outcome === 'busy' ? { outcome: 'accepted' } : outcome;
        },
      }),
    }),
  },
  {
    fault: 'gives one turn to two workers',
    suite: turnTransitions,
    case: 'are claimed once in a race, with all that the agent needs',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        claim: (turnId, ...rest) => claimedTurns(turnId, turns.claim(turnId, ...rest)),
      }),
    }),
  },
  {
    fault: 'claims turns of another module',
    suite: turnTransitions,
    case: 'of another module are not found',
    break: (workings) => ({
      turns: changed(workings.whole.turns, {
        claim: async (turnId, ...rest) => {
          const module = await valueOf<string>(workings, 'module', 'agent_turn', turnId);
          return workings.open({ module }).turns.claim(turnId, ...rest);
        },
      }),
    }),
  },
  {
    fault: 'adds to a history that is to be replaced',
    suite: turnTransitions,
    case: 'append their messages to the history, or replace it',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        complete: (run, result, ...rest) =>
          turns.complete(run, { ...result, replacesHistory: false }, ...rest),
      }),
    }),
  },
  {
    fault: 'puts a turn that was handed back where it was in the queue',
    suite: queue,
    case: 'is in FIFO order, without the newest if requested',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        requeue: async (run) => {
          const requeued = await turns.requeue(run);
          await query(`UPDATE agent_turn SET queued_at = created_at WHERE id = '${run.turnId}'`);
          return requeued;
        },
      }),
    }),
  },
  {
    fault: 'records a request outside its transaction',
    suite: idempotency,
    case: 'are rolled back together with their turn',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, {
        accept: async (scope, id, turn, ...rest) => {
          if (!turn.request) return turns.accept(scope, id, turn, ...rest);
          const { id: key, answer } = turn.request;
          if (acceptedRequests.has(key)) return { outcome: 'replayed', answer, sessionCreatedAt: '' };
          acceptedRequests.add(key);
          return turns.accept(scope, id, turn, ...rest);
        },
      }),
    }),
  },
  {
    fault: 'forgets which requests it has carried out',
    suite: idempotency,
    case: 'replay their first answer when a session is created again',
    break: ({ whole: { sessions: store } }) => ({
      sessions: changed(store, {
        create: ({ request: _request, ...session }, ...rest) => store.create(session, ...rest),
      }),
    }),
  },
  {
    fault: 'changes metadata that it has read before',
    suite: sessionLists,
    case: 'show metadata as it was changed, each change on top of the others',
    break: ({ whole: { sessions: store } }) => ({
      sessions: changed(store, {
        update: async (scope, id, change, ...rest) => {
          const before = await store.find(scope, id);
          const after = change(before?.metadata);
          return store.update(scope, id, () => after, ...rest);
        },
      }),
    }),
  },
  {
    fault: "finds turns by a client's message in another owner's session",
    suite: sessionLists,
    case: 'find the last turn that a client has started by a message, of their own session only',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { clientTurns: (_scope, ...rest) => turns.clientTurns({}, ...rest) }),
    }),
  },
  {
    fault: 'shows sessions of another owner',
    suite: sessions,
    case: 'are visible only to their owner',
    break: ({ whole: { sessions: store } }) => ({
      sessions: changed(store, { find: (_scope, ...rest) => store.find({}, ...rest) }),
    }),
  },
  {
    fault: 'counts sessions before the transaction that creates one',
    suite: sessionCount,
    case: 'never exceed the limit, over all processes',
    break: ({ whole: { sessions: store }, settings: { maxSessions = Infinity }, open }) => ({
      sessions: changed(store, {
        create: async (...session) =>
          (await store.count()) < maxSessions
            ? open({ maxSessions: undefined }).sessions.create(...session)
            : { outcome: 'limit_reached' },
      }),
    }),
  },
  {
    fault: 'forgets to count removed sessions',
    suite: sessionCount,
    case: 'include those that another process, which has no limit, creates and removes while the count begins',
    break: ({ whole: { sessions: store }, query }) => ({
      sessions: changed(store, {
        remove: async (_scope, id) => {
          await query(`DELETE FROM agent_session WHERE id = '${id}'`);
          return { id };
        },
      }),
    }),
  },
  {
    fault: 'does not correct its count',
    suite: sessionCount,
    case: 'are corrected by one of several processes after rows were added by SQL',
    break: ({ whole: { sessions: store } }) => ({
      sessions: changed(store, { recount: () => Promise.resolve(false) }),
    }),
  },
  {
    fault: 'removes sessions that run',
    suite: sessions,
    case: 'expire, unless they run, and are removed in batches',
    break: ({ whole: { sessions: store }, settings, query }) => ({
      sessions: changed(store, {
        removeExpired: async (limit, ...rest) => {
          if (settings.sessionTtl !== undefined) {
            await query(`UPDATE agent_session SET status = 'idle' WHERE module = '${settings.module}'`);
          }
          return store.removeExpired(limit, ...rest);
        },
      }),
    }),
  },
  {
    fault: 'loses the delivery of a turn that has failed',
    suite: deliveries,
    case: 'are inserted by every end of a turn with a webhook, and by no other',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        fail: async (run, ...rest) => {
          const failed = await turns.fail(run, ...rest);
          await query(`DELETE FROM agent_webhook_delivery WHERE turn_id = '${run.turnId}'`);
          return failed;
        },
      }),
    }),
  },
  {
    fault: 'gives one delivery to two processes',
    suite: deliveries,
    case: 'are claimed by one of many concurrent claims, with all data of the payload',
    break: ({ whole: { deliveries: store } }) => ({
      deliveries: changed(store, {
        claim: (id, limits) => claimedDeliveries(id, store.claim(id, limits)),
      }),
    }),
  },
  {
    fault: 'records an attempt whose claim is lost',
    suite: deliveries,
    case: 'keep a late attempt, whose claim was lost to a redelivery, beside later attempts',
    break: (workings) => {
      const { deliveries: store } = workings.whole;
      return {
        deliveries: changed(store, {
          record: async (claimed, outcome) => {
            const claim = await valueOf<number>(workings, 'claim', 'agent_webhook_delivery', claimed.id);
            return store.record({ ...claimed, claim }, outcome);
          },
        }),
      };
    },
  },
  {
    fault: 'counts an attempt that was not made',
    suite: deliveries,
    case: 'are due again at once when they are released, without a lost attempt',
    break: ({ whole: { deliveries: store }, query }) => ({
      deliveries: changed(store, {
        release: async (claimed) => {
          await store.release(claimed);
          await query(`UPDATE agent_webhook_delivery SET tries = tries + 1 WHERE id = '${claimed.id}'`);
        },
      }),
    }),
  },
  {
    fault: 'redelivers for another owner',
    suite: findDeliveries,
    case: 'are listed page by page, in the order of the turns, only for their owner',
    break: ({ whole: { deliveries: store } }) => ({
      deliveries: changed(store, { redeliver: (_scope, ...rest) => store.redeliver({}, ...rest) }),
    }),
  },
  {
    fault: 'appends what a lost run emits',
    suite: eventLog,
    case: 'take nothing of a run that is lost',
    break: (workings) => {
      const { events } = workings.whole;
      return {
        events: changed(events, {
          append: async (runs) =>
            events.append(
              await Promise.all(
                runs.map(async (run) => ({
                  ...run,
                  attempt: (await valueOf<number>(workings, 'attempt', 'agent_turn', run.turnId)) || 0,
                })),
              ),
            ),
        }),
      };
    },
  },
  {
    fault: 'leaves gaps between the ids of events',
    suite: eventLog,
    case: 'go on over the turns of a session, without gaps',
    break: ({ whole: { turns }, query }) => ({
      turns: changed(turns, {
        fail: async (run, ...rest) => {
          const holds = await turns.fail(run, ...rest);
          await query(
            `UPDATE agent_session SET last_event_id = last_event_id + 1 WHERE id = '${run.sessionId}'`,
          );
          return holds;
        },
      }),
    }),
  },
  {
    fault: 'records messages under ids of their own',
    suite: eventLog,
    case: 'record messages under the ids that were streamed',
    break: ({ whole: { turns } }) => ({
      turns: changed(turns, { complete: (run, result, tokens) => turns.complete(run, result, tokens) }),
    }),
  },
  {
    fault: 'removes events that last',
    suite: eventLog,
    case: 'lose what was streamed some time after the end of its turn, and keep the rest',
    break: ({ whole: { events }, query }) => ({
      events: changed(events, {
        compact: async (...limits) => {
          const compacted = await events.compact(...limits);
          if (compacted > 0) await query(`DELETE FROM agent_event WHERE type = 'tool.call'`);
          return compacted;
        },
      }),
    }),
  },
  {
    fault: 'reads the log of a session that has taken the id of another',
    suite: eventLog,
    case: 'are read from several places at once, unless their session is gone',
    break: (workings) => {
      const { events } = workings.whole;
      return {
        events: changed(events, {
          read: async (places) =>
            events.read(
              await Promise.all(
                places.map(async (place) => ({
                  ...place,
                  created: String(await valueOf(workings, 'created_at', 'agent_session', place.sessionId)),
                })),
              ),
            ),
        }),
      };
    },
  },
];
