import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { AnyEvent, LogPlace } from '../../../src/events/event.store.js';
import type { Stores } from '../../../src/database/stores.js';
import { messageIdOf } from '../../../src/messages/message-id.js';
import { INSTANT, UUID } from '../../support/instants.js';
import {
  ANSWERED,
  ASKED,
  claim,
  newRun,
  newSession,
  newTurn,
  RESULT,
  times,
  turnsOf,
} from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

/** The place before the first event of a session. */
async function beginning({ events }: Stores, sessionId: string): Promise<LogPlace> {
  const found = await events.position({}, sessionId);
  if (!found) throw new Error('There is no such session');
  return { sessionId, created: found.created, after: 0 };
}

/** The whole log of a session. */
export async function logOf(stores: Stores, sessionId: string): Promise<AnyEvent[]> {
  const log: AnyEvent[] = [];
  const place = await beginning(stores, sessionId);
  for (;;) {
    const [batch] = await stores.events.read([place]);
    if (!batch) throw new Error('The session is gone');
    log.push(...batch.events);
    place.after = log.at(-1)?.id ?? 0;
    if (!batch.hasMore) return log;
  }
}

/** What identifies each event of a log: type and attempt. */
const outline = (log: AnyEvent[]) => log.map(({ id, type, attempt }) => [id, type, attempt]);

const TEXT = { type: 'message.delta', data: '{"delta":"hi"}', bytes: 20 };

export const eventLog = storeSuite('the logs of the stores', (fixture, it) => {
  it('have each transition of a turn, with what it says', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const { sessionId, turnId } = run;
    expect(run.lastEventId).toBe(2);
    await stores.turns.complete(run, RESULT, 7);
    const event = { session_id: sessionId, turn_id: turnId, at: INSTANT };
    const message_id = messageIdOf(turnId);
    expect(await logOf(stores, sessionId)).toEqual([
      { id: 1, type: 'turn.queued', attempt: null, ...event, message: ASKED, message_id },
      { id: 2, type: 'turn.started', attempt: 1, ...event },
      {
        id: 3,
        type: 'turn.completed',
        attempt: 1,
        ...event,
        response: ANSWERED,
        messages: [
          { ...ASKED, message_id },
          { ...ANSWERED, message_id: UUID },
        ],
        usage: { total_tokens: 7 },
      },
    ]);
    expect((await stores.sessions.find({}, sessionId))?.last_event_id).toBe(3);
  });

  it('go on over the turns of a session, without gaps', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores);
    expect(await logOf(stores, sessionId)).toEqual([]);
    await stores.turns.complete(await newRun(stores, sessionId), RESULT);
    const failed = await newRun(stores, sessionId);
    await stores.turns.requeue(failed);
    await stores.turns.fail(await claim(stores, failed.turnId), 'no', 'agent_error');
    const cancelled = await newTurn(stores, sessionId);
    await stores.turns.cancel({}, sessionId);
    const log = await logOf(stores, sessionId);
    expect(outline(log)).toEqual([
      [1, 'turn.queued', null],
      [2, 'turn.started', 1],
      [3, 'turn.completed', 1],
      [4, 'turn.queued', null],
      [5, 'turn.started', 1],
      [6, 'turn.requeued', 1],
      [7, 'turn.started', 2],
      [8, 'turn.failed', 2],
      [9, 'turn.queued', null],
      [10, 'turn.failed', null],
    ]);
    expect(log[5]).toMatchObject({ reason: 'worker_stopped' });
    expect(log[7]).toMatchObject({ error: 'no', code: 'agent_error' });
    expect(log[9]).toMatchObject({ turn_id: cancelled.turnId, error: 'Turn cancelled', code: 'cancelled' });
    expect((await stores.sessions.find({}, sessionId))?.last_event_id).toBe(10);
  });

  it('have a turn that is accepted as running, and the loss of its worker', async () => {
    const stores = fixture.stores({ lease: -1_000, maxAttempts: 2 });
    const sessionId = await newSession(stores);
    const turnId = randomUUID();
    const worker = randomUUID();
    const accepted = await stores.turns.accept({}, sessionId, { id: turnId, message: ASKED, worker });
    expect(accepted).toMatchObject({ run: { lastEventId: 2, eventBytes: 0 } });
    for (let losses = 1; losses <= 3; losses++) {
      await stores.turns.reclaim([], 100, () => 'lost');
      if (losses < 3) await stores.turns.renew([await claim(stores, turnId)]);
    }
    const log = await logOf(stores, sessionId);
    expect(outline(log)).toEqual([
      [1, 'turn.queued', null],
      [2, 'turn.started', 1],
      [3, 'turn.requeued', 1],
      [4, 'turn.started', 2],
      [5, 'turn.requeued', 2],
      [6, 'turn.started', 3],
      [7, 'turn.failed', 3],
    ]);
    expect(log[2]).toMatchObject({ reason: 'worker_lost' });
    expect(log[6]).toMatchObject({ error: 'lost', code: 'worker_lost' });
  });

  it('have claims that were refused', async () => {
    const stores = fixture.stores({ maxAttempts: 2 });
    const { sessionId, turnId } = await newTurn(stores);
    for (let times = 1; times <= 2; times++) await stores.turns.countRefusedClaim(turnId, () => 'refused');
    expect(outline(await logOf(stores, sessionId))).toEqual([
      [1, 'turn.queued', null],
      [2, 'turn.requeued', null],
      [3, 'turn.failed', null],
    ]);
  });

  it('have what runs emit, in its order and in the order of commit', async () => {
    const stores = fixture.stores();
    const runs = await times(3, () => newRun(stores));
    const events = [TEXT, { type: 'progress', data: '{"percent":50}', bytes: 30 }];
    const appended = await stores.events.append(runs.map((run) => ({ ...run, events })));
    expect(appended).toEqual({
      appended: expect.arrayContaining(runs.map(({ turnId }) => turnId)) as unknown as string[],
      lost: [],
    });
    for (const { sessionId } of runs) {
      const log = await logOf(stores, sessionId);
      expect(outline(log).slice(2)).toEqual([
        [3, 'message.delta', 1],
        [4, 'progress', 1],
      ]);
      expect(log.slice(2)).toMatchObject([{ delta: 'hi' }, { percent: 50 }]);
      expect((await stores.sessions.find({}, sessionId))?.last_event_id).toBe(4);
    }
    const [first] = runs;
    if (!first) throw new Error('There is no run');
    await stores.turns.requeue(first);
    expect(await claim(stores, first.turnId)).toMatchObject({ eventBytes: 50, lastEventId: 6 });
  });

  it('take nothing of a run that is lost', async () => {
    const stores = fixture.stores();
    const old = await newRun(stores);
    await stores.turns.requeue(old);
    const append = async (run: typeof old) => stores.events.append([{ ...run, events: [TEXT] }]);
    expect(await append(old)).toEqual({ appended: [], lost: [old.turnId] });
    const current = await claim(stores, old.turnId);
    expect(await append(old)).toEqual({ appended: [], lost: [old.turnId] });
    await stores.turns.complete(current, RESULT);
    expect(await append(current)).toEqual({ appended: [], lost: [current.turnId] });
    const deleted = await newRun(stores);
    await stores.sessions.remove({}, deleted.sessionId);
    expect(await append(deleted)).toEqual({ appended: [], lost: [deleted.turnId] });
    expect(outline(await logOf(stores, old.sessionId)).map(([, type]) => type)).toEqual([
      'turn.queued',
      'turn.started',
      'turn.requeued',
      'turn.started',
      'turn.completed',
    ]);
  });

  it('record messages under the ids that were streamed', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const ids = Array.from({ length: 3 }, () => randomUUID());
    const [assistant = '', tool = '', other = ''] = ids;
    const call = { id: 'c1', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
    const messages = [
      ASKED,
      { role: 'assistant' as const, content: null, tool_calls: [call] },
      { role: 'tool' as const, content: 'x', tool_call_id: 'c2' },
      { role: 'tool' as const, content: 'y', tool_call_id: 'c1' },
      ANSWERED,
    ];
    const streamed = {
      assistant: [{ id: assistant, text: '', calls: ['c1'] }],
      tool: [
        { id: tool, toolCallId: 'c1' },
        { id: other, toolCallId: 'c2' },
      ],
    };
    await stores.turns.complete(run, { ...RESULT, messages }, undefined, streamed);
    const recorded = await stores.sessions.history({}, run.sessionId, { after: 0, limit: 10, ids: true });
    const shown = [messageIdOf(run.turnId), assistant, other, tool, UUID];
    expect(recorded).toMatchObject({ messages: shown.map((message_id) => ({ message_id })), lastEventId: 3 });
    expect((await logOf(stores, run.sessionId)).at(-1)).toMatchObject({
      messages: shown.map((message_id, index) => ({ message_id, ...messages[index] })),
    });
  });

  it('keep the messages of each turn when its history is replaced', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores, { state: [ANSWERED] });
    await stores.turns.complete(await newRun(stores, sessionId), RESULT);
    const replaced = { ...RESULT, messages: [ANSWERED, ASKED, ANSWERED], replacesHistory: true };
    const run = await newRun(stores, sessionId);
    await stores.turns.complete(run, { ...replaced, firstNew: 1 });
    await stores.turns.complete(await newRun(stores, sessionId), replaced);
    const log = await logOf(stores, sessionId);
    const completed = log.filter(({ type }) => type === 'turn.completed');
    expect(completed).toMatchObject([
      { messages: [ASKED, ANSWERED] },
      { messages: [{ ...ASKED, message_id: messageIdOf(run.turnId) }, ANSWERED] },
      { messages: [ANSWERED, ASKED, ANSWERED] },
    ]);
    expect(completed).toHaveLength(3);
  });

  it('show where they stand, and where their turns are', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores, { owner: 'ada' });
    const { events } = stores;
    expect(await events.position({}, sessionId)).toMatchObject({ last: 0 });
    expect(await events.position({ owner: 'bob' }, sessionId)).toBeUndefined();
    expect(await events.position({}, randomUUID())).toBeUndefined();
    const over = await newRun(stores, sessionId);
    await stores.turns.complete(over, RESULT);
    const { turnId } = await newTurn(stores, sessionId);
    const found = await events.position({ owner: 'ada' }, sessionId, over.turnId);
    expect(found).toMatchObject({ last: 4, unfinished: 4, turn: { first: 1, last: 3, isOver: true } });
    const current = await events.position({}, sessionId, turnId);
    expect(current).toMatchObject({ turn: { first: 4, last: 4, isOver: false } });
    expect((await events.position({}, sessionId, randomUUID()))?.turn).toBeUndefined();
  });

  it('are read from several places at once, unless their session is gone', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const other = await newRun(stores);
    const place = await beginning(stores, run.sessionId);
    const gone = await beginning(stores, other.sessionId);
    await stores.sessions.remove({}, other.sessionId);
    const stranger = { ...place, created: '1' };
    const read = await stores.events.read([
      { ...place, after: 1 },
      gone,
      place,
      { ...place, after: 99 },
      stranger,
    ]);
    expect(read.map((batch) => batch && outline(batch.events))).toEqual([
      [[2, 'turn.started', 1]],
      undefined,
      [
        [1, 'turn.queued', null],
        [2, 'turn.started', 1],
      ],
      [],
      undefined,
    ]);
    expect(await stores.events.positions([place, gone])).toEqual(new Map([[run.sessionId, 2]]));
    expect(await fixture.stores({ module: 'other' }).events.read([place])).toEqual([undefined]);
  });

  it('are read in batches of limited size', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const data = JSON.stringify({ text: 'x'.repeat(60_000) });
    const events = Array.from({ length: 40 }, () => ({ type: 'large', data, bytes: data.length }));
    await stores.events.append([{ ...run, events }]);
    await stores.events.append([{ ...run, events: Array.from({ length: 1_200 }, () => TEXT) }]);
    const [first] = await stores.events.read([await beginning(stores, run.sessionId)]);
    expect(first?.hasMore).toBe(true);
    expect(JSON.stringify(first?.events).length).toBeLessThan(1_200_000);
    const log = await logOf(stores, run.sessionId);
    expect(log.map(({ id }) => id)).toEqual(Array.from({ length: 1_242 }, (_, index) => index + 1));
  });

  it('lose what was streamed some time after the end of its turn, and keep the rest', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const types = ['message.delta', 'tool.call', 'progress', 'reasoning.delta', 'tool.result'];
    await stores.events.append([{ ...run, events: types.map((type) => ({ ...TEXT, type })) }]);
    const compacts = () => stores.events.compact(0, 100);
    expect(await compacts()).toBe(0);
    await stores.turns.complete(run, RESULT);
    expect(await stores.events.compact(60_000, 100)).toBe(0);
    expect(await compacts()).toBeGreaterThan(0);
    expect(await compacts()).toBe(0);
    expect(outline(await logOf(stores, run.sessionId))).toEqual([
      [1, 'turn.queued', null],
      [2, 'turn.started', 1],
      [4, 'tool.call', 1],
      [7, 'tool.result', 1],
      [8, 'turn.completed', 1],
    ]);
  });

  it('have one order when 20 writers race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 5; round++) {
      const run = await newRun(stores);
      await Promise.all([
        ...Array.from({ length: 17 }, () => stores.events.append([{ ...run, events: [TEXT, TEXT] }])),
        stores.turns.complete(run, RESULT),
        stores.turns.cancel({}, run.sessionId),
        stores.turns.requeue(run),
      ]);
      const log = await logOf(stores, run.sessionId);
      expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
      const [turn] = await turnsOf(stores, run.sessionId);
      const last = { completed: 'turn.completed', cancelled: 'turn.failed', queued: 'turn.requeued' };
      expect(log.at(-1)?.type).toBe(last[turn?.status as keyof typeof last]);
    }
  });
});
