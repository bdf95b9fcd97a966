import type { Stores } from '../../src/database/stores.js';
import type { NewInterrupt } from '../../src/agents/recording/recording.js';
import type { SessionScope } from '../../src/owners/session-scope.js';
import type { AnswerOutcome, InterruptAnswer, OverdueInterrupt } from '../../src/turns/recording.store.js';
import type { ClaimedTurn } from '../../src/turns/turn.store.js';
import type { Webhook } from '../../src/webhooks/webhook.js';
import { claim, newSession, newTurn, WEBHOOK } from './open-stores.js';
import { until } from '../support/until.js';

/** A webhook that is called for interruptions as well. */
export const INTERRUPT_WEBHOOK: Webhook = { ...WEBHOOK, include_interrupts: true };

/** A question under this key. */
export function question(key: string, options: Omit<Partial<NewInterrupt>, 'key'> = {}): NewInterrupt {
  return { key, payload: { type: 'ask', about: key }, ...options };
}

/** A turn that waits for a person. */
export interface SuspendedTurn {
  run: ClaimedTurn;
  sessionId: string;
  turnId: string;
  /** The ids of the questions, in the order in which they were asked. */
  ids: string[];
}

/** Suspends the first run of a new turn with these questions. */
export async function suspended(
  stores: Stores,
  asked: NewInterrupt[] = [question('a')],
  { owner, webhook }: { owner?: string; webhook?: Webhook } = {},
): Promise<SuspendedTurn> {
  const { turnId, sessionId } = await newTurn(stores, await newSession(stores, { owner }), webhook);
  const run = await claim(stores, turnId);
  if (!(await stores.recordings.suspend(run, asked))) throw new Error('The run is not suspended');
  const session = await stores.sessions.find({}, sessionId);
  const ids = session?.interrupts?.map(({ interrupt_id }) => interrupt_id) ?? [];
  return { run, sessionId, turnId, ids };
}

/** Answers a question, without a schema's problems unless there is one. */
export function answerTo(
  { recordings }: Stores,
  sessionId: string,
  interruptId = '',
  { scope = {}, ...answer }: Partial<InterruptAnswer> & { scope?: SessionScope } = {},
): Promise<AnswerOutcome> {
  const given = { interruptId, value: '"yes"', findProblem: () => undefined, ...answer };
  return recordings.answer(scope, sessionId, given);
}

/** The overdue questions of a turn, once there are as many. */
export async function overdueOf(stores: Stores, turnId: string, count = 1): Promise<OverdueInterrupt[]> {
  return until(
    async () => {
      const its = (await stores.recordings.overdue(1_000)).filter((one) => one.turnId === turnId);
      return its.length >= count ? its : undefined;
    },
    { what: 'the questions to be overdue' },
  );
}
