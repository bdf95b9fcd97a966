import { expect } from '@jest/globals';

import { answerTo, overdueOf, question, suspended } from '../open-recordings.js';
import { claim, stateOf, times, WEBHOOK } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

const ERROR = 'The interrupt "a" expired without an answer';

/** Over as soon as it is asked. */
const OVER = { expiresIn: 0.001 };

export const interruptExpiry = storeSuite('the expiry of questions in the stores', (fixture, it) => {
  it('finds what is overdue, of its own module, with all that its end needs', async () => {
    const stores = fixture.stores();
    const asked = [
      question('a', OVER),
      question('b', { ...OVER, expiryValue: 'null' }),
      question('c', { expiresIn: 3_600_000 }),
      question('d'),
    ];
    const options = { owner: 'ada', webhook: WEBHOOK };
    const { sessionId, turnId, ids } = await suspended(stores, asked, options);
    const shared = { sessionId, turnId, attempt: 1, owner: 'ada', hasWebhook: true };
    expect(await overdueOf(stores, turnId, 2)).toEqual([
      { id: ids[0], key: 'a', ...shared },
      { id: ids[1], key: 'b', ...shared, expiryValue: 'null' },
    ]);
    const others = await fixture.stores({ module: 'other' }).recordings.overdue(1_000);
    expect(others.filter((one) => one.turnId === turnId)).toEqual([]);
    expect(await stores.recordings.overdue(1)).toHaveLength(1);
  });

  it('fails the turn without a value, and cancels its other questions', async () => {
    const stores = fixture.stores();
    const asked = [question('a', OVER), question('b')];
    const { sessionId, turnId, ids } = await suspended(stores, asked, { webhook: WEBHOOK });
    const [overdue] = await overdueOf(stores, turnId);
    if (!overdue) throw new Error('Nothing is overdue');
    const outcomes = await times(5, () => fixture.stores().recordings.expire(overdue, ERROR));
    expect(outcomes.filter(Boolean)).toEqual(['failed']);
    expect(await stateOf(stores, sessionId)).toMatchObject({
      session: { status: 'error', error: ERROR, interrupts: null },
      turns: [{ status: 'failed', code: 'interrupt_expired', error: ERROR, ended_at: expect.any(String) }],
    });
    const rows = await fixture.dataSource.query<{ id: string; status: string }[]>(
      `SELECT id, status FROM agent_interrupt WHERE turn_id = '${turnId}' ORDER BY place`,
    );
    expect(rows.map(({ id, status }) => [id, status])).toEqual([
      [ids[0], 'expired'],
      [ids[1], 'cancelled'],
    ]);
    expect(await stores.deliveries.dueOf(turnId)).toHaveLength(1);
  });

  it('answers with its value, and queues the turn after the last question', async () => {
    const stores = fixture.stores();
    const asked = ['a', 'b'].map((key) => question(key, { ...OVER, expiryValue: `"of ${key}"` }));
    const { sessionId, turnId } = await suspended(stores, asked);
    const outcomes: unknown[] = [];
    for (const overdue of await overdueOf(stores, turnId, 2)) {
      outcomes.push(await stores.recordings.expire(overdue, ERROR));
      expect(await stores.recordings.expire(overdue, ERROR)).toBeUndefined();
    }
    expect(outcomes).toEqual(['still_interrupted', 'resumed']);
    expect(await stateOf(stores, sessionId)).toMatchObject({
      session: { status: 'running', interrupts: null },
      turns: [{ status: 'queued' }],
    });
    const { interrupts } = await stores.recordings.read(turnId);
    expect(interrupts.map(({ answer }) => answer).sort()).toEqual(['"of a"', '"of b"']);
    expect(await claim(stores, turnId)).toMatchObject({ attempt: 2 });
  });

  it('makes an answer too late, also before a sweep', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId, ids } = await suspended(stores, [question('a', OVER), question('b')]);
    await overdueOf(stores, turnId);
    expect(await answerTo(stores, sessionId, ids[0])).toEqual({ outcome: 'interrupt_not_found' });
    expect(await answerTo(stores, sessionId, ids[1])).toMatchObject({ status: 'interrupted' });
  });

  it('changes nothing before its time, and after an answer, a cancel or a delete', async () => {
    const stores = fixture.stores();
    for (const expiryValue of [undefined, '"late"']) {
      const asked = [question('a', { expiresIn: 3_600_000, expiryValue })];
      const [early, answered, cancelled, deleted] = await times(4, () => suspended(stores, asked));
      const all = [early, answered, cancelled, deleted].filter((one) => one !== undefined);
      await answerTo(stores, answered?.sessionId ?? '', answered?.ids[0]);
      await stores.turns.cancel({}, cancelled?.sessionId ?? '');
      await stores.sessions.remove({}, deleted?.sessionId ?? '');
      await fixture.dataSource.query(
        `UPDATE agent_interrupt SET expires_at = 1 WHERE turn_id <> '${early?.turnId ?? ''}'`,
      );
      for (const { sessionId, turnId, ids } of all) {
        const before = await stateOf(stores, sessionId);
        const overdue = { id: ids[0] ?? '', key: 'a', sessionId, turnId, attempt: 1, expiryValue };
        expect(await stores.recordings.expire(overdue, ERROR)).toBeUndefined();
        expect(await stateOf(stores, sessionId)).toEqual(before);
      }
    }
  });

  it('never overtakes an answer that was confirmed', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const expiryValue = round % 2 === 0 ? '"late"' : undefined;
      const asked = [question('a', { expiresIn: 1 + round, expiryValue })];
      const { sessionId, turnId, ids } = await suspended(stores, asked);
      const overdue = { id: ids[0] ?? '', key: 'a', sessionId, turnId, attempt: 1, expiryValue };
      const expire = () => stores.recordings.expire(overdue, ERROR);
      const [first, { outcome }] = await Promise.all([expire(), answerTo(stores, sessionId, ids[0])]);
      const expired = first ?? (await overdueOf(stores, turnId, 0).then(expire));
      const [recorded] = (await stores.recordings.read(turnId)).interrupts;
      if (outcome === 'answered') {
        expect([expired, recorded?.answer]).toEqual([undefined, '"yes"']);
      } else {
        expect(expired).toBe(expiryValue === undefined ? 'failed' : 'resumed');
        expect(recorded?.answer).toBe(expiryValue);
      }
    }
  });
});
