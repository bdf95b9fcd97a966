import { describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

import type { SessionEvent } from '../../src/index.js';
import { EventReader, type StreamedEvent, take } from '../support/event-reader.js';
import { Gate } from '../support/gate.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import {
  expressStacks,
  sqliteStacks,
  mixedStacks,
  startApp,
  type TestApp,
  useApp,
} from '../support/stacks.js';

/** Pieces that each turn streams. */
const PIECES = 60;

describe.each(expressStacks)('readers of event streams on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, concurrency: 20 });

  /** The content of a message whose turn streams its pieces in small groups. */
  function streaming(): string {
    return agent.does(async ({ emit, signal }) => {
      for (let piece = 0; piece < PIECES && !signal.aborted; piece++) {
        emit(`${piece} `);
        if (piece % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return 'done';
    });
  }

  it('that are cut at random places lose nothing and get nothing twice', async () => {
    let cuts = 0;
    const readAll = async (id: string, last: number) => {
      const log: StreamedEvent[] = [];
      for (let first = true; log.at(-1)?.id !== last; first = false) {
        const after = log.at(-1)?.id ?? 0;
        const headers: Record<string, string> = first ? {} : { 'Last-Event-ID': String(after) };
        const reader = await EventReader.open(`${app.url}/sessions/${id}/events?after=0`, headers);
        const wanted = Math.min(1 + Math.floor(Math.random() * 20), last - after);
        log.push(...(await take(reader.events(), wanted)));
        reader.close();
        cuts++;
      }
      return log;
    };
    const turns = 4;
    const logs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const id = await app.client.newSession();
        const read = readAll(id, turns * (PIECES + 3));
        for (let turn = 0; turn < turns; turn++) await app.client.ask(id, streaming());
        return read;
      }),
    );
    for (const log of logs) {
      expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1));
      const text = log.map((event) => (event.type === 'message.delta' ? event.delta : '')).join('');
      expect(text).toBe(
        Array.from({ length: PIECES }, (_, piece) => `${piece} `)
          .join('')
          .repeat(turns),
      );
    }
    expect(cuts).toBeGreaterThan(100);
  });

  it('that load the messages under load and then follow, see each message once', async () => {
    const id = await app.client.newSession();
    const writing = (async () => {
      for (let turn = 0; turn < 25; turn++) await app.client.ask(id, `message ${turn}`);
    })();
    const loadAndFollow = async () => {
      const { headers, body } = await app.client.messages(id);
      const reader = await EventReader.open(
        `${app.url}/sessions/${id}/events?after=${headers.get('last-event-id')}`,
      );
      const contents = body.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
      const events = reader.events();
      while (contents.length < 25) {
        const [event] = (await take(events, 1)) as SessionEvent[];
        if (!event) throw new Error('The stream has ended');
        if (event.type === 'turn.queued') contents.push(event.message.content);
      }
      reader.close();
      return contents;
    };
    const seen: Promise<(string | null)[]>[] = [];
    const expected = Array.from({ length: 25 }, (_, turn) => `message ${turn}`);
    for (let reader = 0; reader < 30; reader++) {
      seen.push(loadAndFollow());
      await app.client.get(id);
    }
    await writing;
    for (const contents of await Promise.all(seen)) expect(contents).toEqual(expected);
  });
});

describe.each(mixedStacks)('a slow reader of an event stream on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });

  it('costs no memory, holds up no other, and gets everything in the end', async () => {
    const id = await app.client.newSession();
    const emitted = new Gate<undefined>();
    const content = agent.does(async ({ emit }) => {
      // More than the buffers of the connection take.
      for (let count = 0; count < 200; count++) emit({ type: 'large', count, text: 'x'.repeat(60_000) });
      await emitted.opened;
      return 'done';
    });
    const slow = await rawStream(app, `/sessions/${id}/events`);
    slow.pause();
    const { body } = await app.client.send(id, content);
    const quick = await EventReader.open(`${app.url}/sessions/${id}/events?turn=${body.turn_id}`);
    const events = quick.events();
    const before = process.memoryUsage().arrayBuffers;
    expect((await take(events, 202)).map((event) => event.id)).toEqual(counting(202));
    emitted.open(undefined);
    expect(await take(events)).toMatchObject([{ id: 203, type: 'turn.completed' }]);
    await app.client.settled(id);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    let text = '';
    slow.setEncoding('utf8');
    slow.on('data', (data: string) => (text += data));
    slow.resume();
    while (!text.slice(-70_000).includes('event: turn.completed'))
      await once(slow, 'data', { signal: AbortSignal.timeout(20_000) });
    slow.destroy();
    // The first is the place where the stream begins.
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, place]) => Number(place));
    expect(ids).toEqual(counting(203));
  });
});

describe.each(sqliteStacks)('a reader that does not read on $name', (stack) => {
  it('does not keep the process from stopping', async () => {
    const agent = new ScriptedAgent();
    const app = await startApp(stack, { agent });
    const id = await app.client.newSession();
    const content = agent.does(({ emit }) => {
      for (let count = 0; count < 200; count++) emit({ type: 'large', text: 'x'.repeat(60_000) });
      return 'done';
    });
    const stuck = await rawStream(app, `/sessions/${id}/events`);
    stuck.pause();
    await app.client.ask(id, content);
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(10_000);
    stuck.destroy();
  });
});

function counting(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1);
}

/** A connection on which a GET was sent. */
async function rawStream({ url }: TestApp, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}
