import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { SESSION_STATUSES } from '../../../src/sessions/session.js';
import { INSTANT } from '../../support/instants.js';
import { until } from '../../support/until.js';
import { ANSWERED, ASKED, historyOf, newRun, newSession, RESULT, times } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const sessions = storeSuite('the sessions of the stores', (fixture, it) => {
  let modules = 0;
  /** A module name that only this test uses. */
  const ownModule = () => `test-${++modules}`;

  it('are created once under one id, in any module', async () => {
    const [one, other] = [fixture.stores(), fixture.stores({ module: 'other' })];
    const id = randomUUID();
    const outcomes = await times(20, (index) =>
      (index % 2 === 0 ? one : other).sessions.create({ id, metadata: { index }, state: [ASKED] }),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'exists')).toHaveLength(19);
    const winner = outcomes.findIndex(({ outcome }) => outcome === 'created');
    const [its, notIts] = winner % 2 === 0 ? [one, other] : [other, one];
    expect(await its.sessions.find({}, id)).toMatchObject({ status: 'idle', metadata: { index: winner } });
    expect(await historyOf(its, id)).toEqual([ASKED]);
    expect(await notIts.sessions.find({}, id)).toBeUndefined();
    expect(await notIts.sessions.remove({}, id)).toBeUndefined();
  });

  it('are visible only to their owner', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const hers = await newSession(stores, { owner: 'ada' });
    const nobodys = await newSession(stores);
    expect(await stores.sessions.find({ owner: 'bob' }, hers)).toBeUndefined();
    expect(await stores.sessions.find({ owner: 'ada' }, nobodys)).toBeUndefined();
    expect(await stores.sessions.remove({ owner: 'bob' }, hers)).toBeUndefined();
    const listed = async (owner?: string) =>
      (await stores.sessions.list({ owner }, { limit: 10 })).sessions.map(({ session_id }) => session_id);
    expect(await listed('ada')).toEqual([hers]);
    expect(await listed('bob')).toEqual([]);
    expect(await listed()).toEqual([nobodys, hers]);
    expect(await stores.sessions.remove({}, hers)).toEqual({ id: hers, owner: 'ada' });
    expect(await stores.sessions.remove({}, nobodys)).toEqual({ id: nobodys });
  });

  it('are listed newest first, in pages, filtered by status', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift(await newSession(stores));
    await newRun(stores, ids[2]);
    const first = await stores.sessions.list({}, { limit: 2 });
    expect(first.sessions.map(({ session_id }) => session_id)).toEqual(ids.slice(0, 2));
    const second = await stores.sessions.list({}, { limit: 3, after: first.next });
    expect(second.sessions.map(({ session_id }) => session_id)).toEqual(ids.slice(2));
    expect(second.next).toBeUndefined();
    const expected = { idle: 4, running: 1, interrupted: 0, error: 0 };
    for (const status of SESSION_STATUSES) {
      const page = await stores.sessions.list({}, { limit: 10, status });
      expect(page.sessions).toHaveLength(expected[status]);
    }
  });

  it('that run are found with one query', async () => {
    const stores = fixture.stores();
    const running = await newRun(stores);
    const idle = await newSession(stores);
    const ids = [idle, running.sessionId, randomUUID()];
    expect(await stores.sessions.stillRunning(ids)).toEqual([
      { id: running.sessionId, turnId: running.turnId },
    ]);
    expect(await stores.sessions.stillRunning([])).toEqual([]);
  });

  it('that exist are reported as existing, even if the limit is reached', async () => {
    const stores = fixture.stores({ module: ownModule(), maxSessions: 1 });
    const id = await newSession(stores);
    expect(await stores.sessions.create({ id, state: [] })).toEqual({ outcome: 'exists' });
  });

  it('expire, unless they run, and are removed in batches', async () => {
    const module = ownModule();
    const lasting = fixture.stores({ module });
    const ids = await times(3, () => newSession(lasting, { state: [ASKED], owner: 'ada' }));
    const running = await newRun(lasting);
    const failed = await newRun(lasting, await newSession(lasting, { owner: 'ada' }));
    await lasting.turns.fail(failed, 'no', 'agent_error');

    const stores = fixture.stores({ module, sessionTtl: 1 });
    await until(async () => (await stores.sessions.count()) === 1, { what: 'all but one to expire' });
    expect(await stores.sessions.find({}, ids[0] ?? '')).toBeUndefined();
    expect(await stores.sessions.remove({}, ids[0] ?? '')).toBeUndefined();
    const { sessions } = await stores.sessions.list({}, { limit: 10 });
    expect(sessions.map(({ session_id }) => session_id)).toEqual([running.sessionId]);
    expect(await lasting.sessions.count()).toBe(5);
    const first = await stores.sessions.removeExpired(3);
    expect(first).toHaveLength(3);
    const removed = [...first, ...(await stores.sessions.removeExpired(3))];
    const gone = [...ids, failed.sessionId].map((id) => ({ id, owner: 'ada' }));
    expect(removed).toEqual(expect.arrayContaining(gone));
    expect(removed).toHaveLength(4);
    expect(await stores.sessions.removeExpired(3)).toEqual([]);
    expect(await lasting.sessions.count()).toBe(1);
    expect(await lasting.sessions.removeExpired(3)).toEqual([]);

    expect(await stores.turns.complete(running, RESULT)).toBe('completed');
    expect(await lasting.sessions.find({}, running.sessionId)).toMatchObject({ response: ANSWERED });
    await until(async () => (await stores.sessions.removeExpired(3)).length === 1, {
      what: 'the last to expire',
    });
  });

  it('that have expired are replaced by a new one with the same id', async () => {
    const module = ownModule();
    const id = await newSession(fixture.stores({ module }), { state: [ASKED], owner: 'ada' });
    const stores = fixture.stores({ module, sessionTtl: 1, maxSessions: 1 });
    await until(async () => (await stores.sessions.count()) === 0, { what: 'it to expire' });
    expect(await stores.sessions.create({ id, state: [] })).toEqual({
      outcome: 'created',
      createdAt: INSTANT,
      expired: { id, owner: 'ada' },
    });
    expect(await historyOf(fixture.stores({ module }), id)).toEqual([]);
  });

  it('are removed with all their rows', async () => {
    const stores = fixture.stores();
    const metadata = { customer: 'c-17' };
    const run = await newRun(stores, await newSession(stores, { metadata, state: [ASKED] }));
    expect(await stores.sessions.remove({}, run.sessionId)).toEqual({ id: run.sessionId });
    expect(await stores.sessions.remove({}, run.sessionId)).toBeUndefined();
    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    for (const table of ['agent_message', 'agent_turn', 'agent_session_metadata']) {
      const left = `SELECT 1 FROM ${table} WHERE session_id = '${run.sessionId}'`;
      expect(await fixture.dataSource.query<unknown[]>(left)).toEqual([]);
    }
  });
});
