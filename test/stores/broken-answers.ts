import { type BrokenStore, changed } from './broken-stores.js';
import { interruptAnswers } from './suite/interrupt-answers.js';
import { interruptExpiry } from './suite/interrupt-expiry.js';

const answering = new Map<string, number>();
const givenAnswers = new Set<string>();

/** Faults in the answers to questions, and in their expiry. */
export const brokenAnswers: BrokenStore[] = [
  {
    fault: 'forgets the answers',
    suite: interruptAnswers,
    case: 'queue the turn after the last one, in any order, each for its own question',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        read: async (turnId) => {
          const { interrupts, ...rest } = await store.read(turnId);
          return { ...rest, interrupts: interrupts.map(({ key, payload }) => ({ key, payload })) };
        },
      }),
    }),
  },
  {
    fault: 'confirms two answers to one question',
    suite: interruptAnswers,
    case: 'to one question have one winner of many that race',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        answer: async (...call) => {
          const outcome = await store.answer(...call);
          if (outcome.outcome !== 'interrupt_not_found') return outcome;
          return { outcome: 'answered', turnId: '', status: 'interrupted' };
        },
      }),
    }),
  },
  {
    fault: 'leaves the turn to the other one of two answers',
    suite: interruptAnswers,
    case: 'to the last two questions queue the turn once when they race',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        answer: async (scope, id, ...rest) => {
          answering.set(id, (answering.get(id) ?? 0) + 1);
          const outcome = await store.answer(scope, id, ...rest);
          if ((answering.get(id) ?? 0) < 2 || outcome.outcome !== 'answered') return outcome;
          await query(`UPDATE agent_turn SET status = 'interrupted' WHERE id = '${outcome.turnId}'`);
          return { ...outcome, status: 'interrupted' };
        },
      }),
    }),
  },
  {
    fault: 'does not check the schema of answers',
    suite: interruptAnswers,
    case: 'are checked in order: session, its state, its question, the schema',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        answer: (scope, id, answer, ...rest) =>
          store.answer(scope, id, { ...answer, findProblem: () => undefined }, ...rest),
      }),
    }),
  },
  {
    fault: 'takes answers of another owner',
    suite: interruptAnswers,
    case: 'are accepted only for the owner and the module',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, { answer: (_scope, ...rest) => store.answer({}, ...rest) }),
    }),
  },
  {
    fault: 'records the key of an answer outside its transaction',
    suite: interruptAnswers,
    case: 'are rolled back together with the caller’s transaction',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        answer: async (scope, id, answer, ...rest) => {
          if (!answer.request) return store.answer(scope, id, answer, ...rest);
          const { id: key, answer: first } = answer.request;
          if (givenAnswers.has(key)) return { outcome: 'replayed', answer: first, sessionCreatedAt: '' };
          givenAnswers.add(key);
          return store.answer(scope, id, answer, ...rest);
        },
      }),
    }),
  },
  {
    fault: 'forgets under which keys it was answered',
    suite: interruptAnswers,
    case: 'are given once under one key, which remembers what the answer led to',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        answer: (scope, id, { request: _request, ...answer }, ...rest) =>
          store.answer(scope, id, answer, ...rest),
      }),
    }),
  },
  {
    fault: 'finds overdue questions of other modules',
    suite: interruptExpiry,
    case: 'finds what is overdue, of its own module, with all that its end needs',
    break: ({ whole: { recordings: store }, open }) => ({
      recordings: changed(store, { overdue: (limit) => open({ module: 'test' }).recordings.overdue(limit) }),
    }),
  },
  {
    fault: 'forgets the value of an expiry',
    suite: interruptExpiry,
    case: 'answers with its value, and queues the turn after the last question',
    break: ({ whole: { recordings: store } }) => ({
      recordings: changed(store, {
        expire: ({ expiryValue: _value, ...overdue }, error) => store.expire(overdue, error),
      }),
    }),
  },
  {
    fault: 'leaves the other questions of a turn that has failed by one',
    suite: interruptExpiry,
    case: 'fails the turn without a value, and cancels its other questions',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        expire: async (overdue, error) => {
          const outcome = await store.expire(overdue, error);
          await query(`UPDATE agent_interrupt SET status = 'pending' WHERE status = 'cancelled'`);
          return outcome;
        },
      }),
    }),
  },
  {
    fault: 'takes answers after the time of a question',
    suite: interruptExpiry,
    case: 'makes an answer too late, also before a sweep',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        answer: async (scope, id, answer, ...rest) => {
          await query(`UPDATE agent_interrupt SET expires_at = NULL WHERE id = '${answer.interruptId}'`);
          return store.answer(scope, id, answer, ...rest);
        },
      }),
    }),
  },
  {
    fault: 'expires a question before its time',
    suite: interruptExpiry,
    case: 'changes nothing before its time, and after an answer, a cancel or a delete',
    break: ({ whole: { recordings: store }, query }) => ({
      recordings: changed(store, {
        expire: async (overdue, error) => {
          await query(`UPDATE agent_interrupt SET expires_at = 1 WHERE id = '${overdue.id}'`);
          return store.expire(overdue, error);
        },
      }),
    }),
  },
];
