import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { INSTANT } from '../../support/instants.js';
import { ChangedItsMind } from '../../support/host-orders.js';
import { answerTo, question, suspended } from '../open-recordings.js';
import { claim, newRun, newSession, stateOf, times } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const interruptAnswers = storeSuite('the answers to questions in the stores', (fixture, it) => {
  it('queue the turn after the last one, in any order, each for its own question', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId, ids } = await suspended(stores, [question('a'), question('b'), question('c')]);
    const [a, b, c] = ids;
    const answer = async (id: string | undefined, value: string) =>
      answerTo(stores, sessionId, id, { value });
    const waiting = { outcome: 'answered', turnId, status: 'interrupted' };
    expect(await answer(c, '"of c"')).toEqual(waiting);
    expect(await answer(a, 'null')).toEqual(waiting);
    const { session, turns } = await stateOf(stores, sessionId);
    expect(session).toMatchObject({ status: 'interrupted', interrupts: [{ interrupt_id: b }] });
    expect(turns).toMatchObject([{ status: 'interrupted' }]);
    expect(await answer(b, '[1]')).toEqual({ ...waiting, status: 'running' });
    expect(await stateOf(stores, sessionId)).toMatchObject({
      session: { status: 'running', interrupts: null },
      turns: [{ status: 'queued', attempt: 1 }],
    });
    const { interrupts } = await stores.recordings.read(turnId);
    expect(Object.fromEntries(interrupts.map(({ key, answer }) => [key, answer]))).toEqual({
      a: 'null',
      b: '[1]',
      c: '"of c"',
    });
    expect(await claim(stores, turnId)).toMatchObject({ attempt: 2, isLastRun: false });
  });

  it('to one question have one winner of many that race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 10; round++) {
      const asked = [question('a'), question('b')].slice(round % 2);
      const { sessionId, turnId, ids } = await suspended(stores, asked);
      const outcomes = await times(20, (index) =>
        answerTo(fixture.stores(), sessionId, ids[0], { value: String(index) }),
      );
      const winners = outcomes.flatMap(({ outcome }, index) => (outcome === 'answered' ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const { outcome } of outcomes) {
        expect(['answered', 'interrupt_not_found', 'not_interrupted']).toContain(outcome);
      }
      const { interrupts } = await stores.recordings.read(turnId);
      expect(interrupts.find(({ key }) => key === asked[0]?.key)?.answer).toBe(String(winners[0]));
    }
  });

  it('to the last two questions queue the turn once when they race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const { sessionId, turnId, ids } = await suspended(stores, [question('a'), question('b')]);
      const outcomes = await Promise.all(ids.map((id) => answerTo(fixture.stores(), sessionId, id)));
      const statuses = outcomes.map((one) => (one.outcome === 'answered' ? one.status : one.outcome));
      expect(statuses.sort()).toEqual(['interrupted', 'running']);
      expect(await stateOf(stores, sessionId)).toMatchObject({
        session: { status: 'running' },
        turns: [{ status: 'queued' }],
      });
      expect(await stores.turns.claim(turnId, randomUUID())).toBeDefined();
    }
  });

  it('and a cancel have one winner when they race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const { sessionId, turnId, ids } = await suspended(stores);
      const answering = answerTo(stores, sessionId, ids[0]);
      const [{ outcome }, cancelled] = await Promise.all([answering, stores.turns.cancel({}, sessionId)]);
      // An answer that was first is followed by the cancel of a queued turn.
      expect(['answered', 'not_interrupted']).toContain(outcome);
      expect(cancelled).toMatchObject({ outcome: 'cancelled', turnId });
      expect(await stateOf(stores, sessionId)).toMatchObject({
        session: { status: 'error', interrupts: null },
        turns: [{ status: 'cancelled' }],
      });
      const { interrupts } = await stores.recordings.read(turnId);
      expect(interrupts[0]?.answer).toBe(outcome === 'answered' ? '"yes"' : undefined);
    }
  });

  it('are checked in order: session, its state, its question, the schema', async () => {
    const stores = fixture.stores();
    const schema = { type: 'boolean' };
    const { sessionId, ids } = await suspended(stores, [question('a', { schema }), question('b')]);
    const other = await suspended(stores);
    const checked: string[] = [];
    const findProblem = (given: string) => {
      checked.push(given);
      return 'value must be boolean';
    };
    const answer = async (id: string, interruptId?: string) =>
      (await answerTo(stores, id, interruptId, { findProblem })).outcome;
    expect(await answer(randomUUID(), ids[0])).toBe('session_not_found');
    expect(await answer(await newSession(stores), ids[0])).toBe('not_interrupted');
    expect(await answer((await newRun(stores)).sessionId, ids[0])).toBe('not_interrupted');
    expect(await answer(sessionId, randomUUID())).toBe('interrupt_not_found');
    expect(await answer(sessionId, other.ids[0])).toBe('interrupt_not_found');
    expect(checked).toEqual([]);
    expect(await answerTo(stores, sessionId, ids[0], { findProblem })).toEqual({
      outcome: 'unfit',
      problem: 'value must be boolean',
    });
    expect(checked.map((text) => JSON.parse(text) as unknown)).toEqual([schema]);
    expect((await stores.sessions.find({}, sessionId))?.interrupts).toHaveLength(2);
    expect(await answer(sessionId, ids[1])).toBe('answered');
    expect(await answer(sessionId, ids[1])).toBe('interrupt_not_found');
  });

  it('are accepted only for the owner and the module', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId, ids } = await suspended(stores, undefined, { owner: 'ada' });
    const notFound = { outcome: 'session_not_found' };
    const others = fixture.stores({ module: 'other' });
    expect(await answerTo(stores, sessionId, ids[0], { scope: { owner: 'bob' } })).toEqual(notFound);
    expect(await answerTo(others, sessionId, ids[0])).toEqual(notFound);
    expect(await stores.sessions.find({}, sessionId)).toMatchObject({ status: 'interrupted' });
    expect(await answerTo(stores, sessionId, ids[0], { scope: { owner: 'ada' } })).toEqual({
      outcome: 'answered',
      turnId,
      status: 'running',
      owner: 'ada',
    });
  });

  it('are rolled back together with the caller’s transaction', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId, ids } = await suspended(stores);
    const before = await stateOf(stores, sessionId);
    const request = { id: randomUUID(), bodyHash: 'body', answer: {} };
    const answer = { interruptId: ids[0] ?? '', value: '1', findProblem: () => undefined, request };
    const rolledBack = fixture.dataSource.transaction(async (manager) => {
      const answered = await stores.recordings.answer({}, sessionId, answer, manager);
      expect(answered).toMatchObject({ outcome: 'answered', status: 'running' });
      throw new ChangedItsMind();
    });
    await expect(rolledBack).rejects.toThrow(ChangedItsMind);
    expect(await stateOf(stores, sessionId)).toEqual(before);
    expect((await stores.recordings.read(turnId)).interrupts[0]).not.toHaveProperty('answer');
    expect(await stores.recordings.answer({}, sessionId, answer)).toMatchObject({ outcome: 'answered' });
  });

  it('are given once under one key, which remembers what the answer led to', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId, ids } = await suspended(stores, [question('a'), question('b')]);
    const request = { id: randomUUID(), bodyHash: 'body', answer: { session_id: sessionId } };
    const outcomes = await times(10, () => answerTo(fixture.stores(), sessionId, ids[0], { request }));
    const waiting = { outcome: 'answered', turnId, status: 'interrupted' };
    expect(outcomes.filter(({ outcome }) => outcome === 'answered')).toEqual([waiting]);
    for (const { outcome } of outcomes) {
      expect(['answered', 'replayed', 'key_in_progress']).toContain(outcome);
    }
    expect(await answerTo(stores, sessionId, ids[1])).toMatchObject({ status: 'running' });
    expect(await answerTo(stores, sessionId, ids[0], { request })).toEqual({
      outcome: 'replayed',
      sessionCreatedAt: INSTANT,
      answer: { session_id: sessionId, status: 'interrupted' },
    });
    const reused = { ...request, bodyHash: 'another body' };
    expect(await answerTo(stores, sessionId, ids[0], { request: reused })).toEqual({ outcome: 'key_reused' });
  });
});
