import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { EventReader, take } from '../support/event-reader.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { stacks, startApp, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

describe.each(stacks)('event streams on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, {
    agent,
    configure: (host) => {
      host.enableCors({ origin: 'https://app.example.com' });
    },
  });

  const open = (id: string, query = '', headers: Record<string, string> = {}) =>
    EventReader.open(`${app.url}/sessions/${id}/events${query}`, headers);

  it('send each event with its id, its type and one line of JSON', async () => {
    const id = await app.client.newSession();
    const reader = await open(id, '', { origin: 'https://app.example.com' });
    const { status, headers } = reader.response;
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': 'https://app.example.com',
    });
    const frames = reader.frames();
    const [first] = await take(frames, 1);
    expect(Object.keys(first ?? {})).toEqual(['retry']);
    expect(first?.retry).toMatch(/^\d+$/);
    expect(Number(first?.retry)).toBeGreaterThanOrEqual(1_000);
    expect(Number(first?.retry)).toBeLessThanOrEqual(3_000);
    await app.client.ask(id, 'two\nlines');
    const events = await take(frames, 3);
    expect(events.map(({ id: place, event }) => [place, event])).toEqual([
      ['1', 'turn.queued'],
      ['2', 'turn.started'],
      ['3', 'turn.completed'],
    ]);
    expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({ id: 1, message: { content: 'two\nlines' } });
    reader.close();
  });

  it('begin after the position of the query or the header, which wins', async () => {
    const id = await app.client.newSession();
    for (const text of ['one', 'two']) await app.client.ask(id, text);
    const firstOf = async (query: string, last?: string) => {
      const reader = await open(id, query, last === undefined ? {} : { 'Last-Event-ID': last });
      const [first] = await take(reader.events(), 1);
      reader.close();
      return first?.id;
    };
    expect(await firstOf('?after=0')).toBe(1);
    expect(await firstOf('?after=4')).toBe(5);
    expect(await firstOf('?after=0', '2')).toBe(3);
    expect(await firstOf('', '5')).toBe(6);
    for (const foreign of ['abc', '-1', '1.5', 'é']) expect(await firstOf('?after=4', foreign)).toBe(1);
    expect(await firstOf('?after=4', '')).toBe(5);
    const { headers } = await app.client.messages(id);
    expect(headers.get('last-event-id')).toBe('6');
  });

  it('begin with the unfinished turn, or with what comes from now on', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, 'one');
    const held = agent.holds();
    await app.client.send(id, held.content);
    await held.started;
    const during = await open(id);
    expect((await take(during.events(), 2)).map((event) => event.id)).toEqual([4, 5]);
    during.close();
    held.answer('done');
    await app.client.settled(id);
    const afterwards = await open(id);
    const next = take(afterwards.events(), 1);
    await app.client.send(id, 'three');
    expect(await next).toMatchObject([{ id: 7, type: 'turn.queued' }]);
    afterwards.close();
  });

  it('of one turn end with it', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, 'one');
    const held = agent.holds();
    const { body } = await app.client.send(id, held.content);
    const reader = await open(id, `?turn=${body.turn_id.toUpperCase()}`);
    const all = take(reader.events());
    held.answer('done');
    expect((await all).map(({ id: place, type }) => [place, type])).toEqual([
      [4, 'turn.queued'],
      [5, 'turn.started'],
      [6, 'turn.completed'],
    ]);
    const again = await open(id, `?turn=${body.turn_id}`, { 'Last-Event-ID': '6' });
    expect(await take(again.events())).toEqual([]);
  });

  it('end with session.deleted', async () => {
    const id = await app.client.newSession();
    const reader = await open(id);
    const all = take(reader.events());
    await app.client.delete(id);
    expect(await all).toMatchObject([{ id: 1, type: 'session.deleted', session_id: id, turn_id: null }]);
    expect((await open(id)).response.status).toBe(404);
  });

  it('are refused as JSON, before the first byte', async () => {
    const id = await app.client.newSession();
    const refusal = async (path: string, query = '') => {
      const { response } = await open(path, query, { origin: 'https://app.example.com' });
      expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      const { code, message } = (await response.json()) as { code: string; message: string | string[] };
      return [response.status, code, [message].flat().join()];
    };
    const unknown = randomUUID();
    expect(await refusal(unknown)).toEqual([404, 'session_not_found', expect.stringContaining(unknown)]);
    expect(await refusal(id, `?turn=${unknown}`)).toEqual([404, 'turn_not_found', expect.any(String)]);
    for (const after of ['x', '-1', '1.5', '', '9007199254740993', '1&after=2']) {
      const refused = await refusal(id, `?after=${after}`);
      expect(refused).toEqual([422, 'validation_failed', expect.stringContaining('after')]);
    }
    for (const turn of ['x', '', '17']) {
      const refused = await refusal(id, `?turn=${turn}`);
      expect(refused).toEqual([422, 'validation_failed', expect.stringContaining('turn')]);
    }
  });

  it('do not end a turn when their reader leaves', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    await app.client.send(id, held.content);
    const reader = await open(id);
    await take(reader.events(), 2);
    reader.close();
    held.answer('done');
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'done' } });
  });

  it('answer HEAD with their headers alone', async () => {
    const id = await app.client.newSession();
    const response = await fetch(`${app.url}/sessions/${id}/events`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
  });
});

describe.each(stacks)('the limits of event streams on $name', (stack) => {
  const agent = new ScriptedAgent();

  it('end them when the process stops, so that their readers go on elsewhere', async () => {
    const app = await startApp(stack, { agent });
    const id = await app.client.newSession();
    await app.client.ask(id, 'hello');
    const readers = await Promise.all(
      Array.from({ length: 5 }, () => EventReader.open(`${app.url}/sessions/${id}/events?after=0`)),
    );
    const all = readers.map((reader) => reader.events());
    await Promise.all(all.map((events) => take(events, 3)));
    const ends = Promise.all(all.map((events) => take(events)));
    await app.close();
    expect(await ends).toEqual([[], [], [], [], []]);
  });

  it('tell those that are too many to come again, and end each after its time', async () => {
    const app = await startApp(stack, { agent, maxStreams: 2, maxStreamDuration: 400 });
    try {
      const id = await app.client.newSession();
      const open = () => EventReader.open(`${app.url}/sessions/${id}/events`);
      const kept = [await open(), await open()];
      const third = await open();
      expect(third.response.status).toBe(200);
      expect(await take(third.frames())).toEqual([{ retry: '3000' }]);
      const began = performance.now();
      for (const reader of kept) expect(await take(reader.events())).toEqual([]);
      expect(performance.now() - began).toBeLessThan(5_000);
      const gone = await open();
      gone.close();
      await until(
        async () => {
          const readers = [await open(), await open()];
          const frames = await Promise.all(readers.map((reader) => take(reader.frames(), 1)));
          for (const reader of readers) reader.close();
          return frames.every(([frame]) => frame?.retry !== '3000');
        },
        { what: 'the place of a reader that is gone' },
      );
    } finally {
      await app.close();
    }
  });

  it('keep them apart from other owners, and want one', async () => {
    const app = await startApp(stack, {
      agent,
      owner: ({ headers }: { headers: Record<string, string> }) => headers['x-owner'],
    });
    try {
      const { session_id: id } = await app.sessions.create({}, { owner: 'ada' });
      const open = async (headers: Record<string, string> = {}) => {
        const reader = await EventReader.open(`${app.url}/sessions/${id}/events`, headers);
        reader.close();
        return reader.response.status;
      };
      expect([await open({ 'x-owner': 'ada' }), await open({ 'x-owner': 'bob' }), await open()]).toEqual([
        200, 404, 401,
      ]);
    } finally {
      await app.close();
    }
  });
});
