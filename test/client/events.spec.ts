import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';

import { createClient, type EventsOptions, type SessionsClient } from '../../src/client/index.js';
import { ScriptedServer, type StreamReply } from './scripted-server.js';

const ID = '550e8400-e29b-41d4-a716-446655440000';
/** Reconnects at once. */
const RETRY = 'retry: 1\n\n';

let server: ScriptedServer;
let client: SessionsClient;
beforeAll(async () => {
  server = await ScriptedServer.start();
  client = createClient({ baseUrl: server.url });
});
afterAll(() => server.close());

interface Entry {
  type?: string;
  turn_id?: string;
}

/** An event of the log as it is streamed. */
function frame(id: number, { type = 'message.delta', turn_id = 't' }: Entry = {}): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, type, turn_id })}\n\n`;
}

/** Begins a stream with a text. */
function begin(response: ServerResponse, text: string): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);
  return response;
}

const ends =
  (text: string): StreamReply =>
  (response) =>
    begin(response, text).end();

const breaks =
  (text: string): StreamReply =>
  (response) =>
    begin(response, text).write('id: 99\ndata: {"id":99', () => response.destroy());

/** The ids of the events until the stream ends. */
async function idsOf(options: EventsOptions = {}): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of client.events(ID, options)) ids.push(id);
  return ids;
}

const DELETED = frame(9, { type: 'session.deleted' });

/** Where each connection began. */
const places = () => server.received.map(({ path, headers }) => [path, headers['last-event-id']]);

describe('the events of a session', () => {
  const path = `/sessions/${ID}/events`;

  it('come once and in order over clean ends and lost connections, with the position in Last-Event-ID', async () => {
    server.answers(
      ends(RETRY + frame(1) + frame(2)),
      breaks(RETRY + frame(2) + frame(3)),
      'cut',
      { status: 503, json: { code: 'try_again' } },
      ends(RETRY + frame(3) + frame(7) + DELETED),
    );
    expect(await idsOf()).toEqual([1, 2, 3, 7, 9]);
    expect(places()).toEqual([
      [path, undefined],
      [path, '2'],
      [path, '3'],
      [path, '3'],
      [path, '3'],
    ]);
  });

  it('begin after the position that is asked for, also at 0', async () => {
    server.answers(ends(RETRY), ends(RETRY + DELETED));
    expect(await idsOf({ after: 0 })).toEqual([9]);
    expect(places()).toEqual([
      [`${path}?after=0`, undefined],
      [`${path}?after=0`, '0'],
    ]);
  });

  it('go on from the position that the server names before the first event', async () => {
    server.answers(ends(`id: 5\n${RETRY}`), ends(RETRY + frame(6) + DELETED));
    expect(await idsOf()).toEqual([6, 9]);
    expect(places()[1]).toEqual([path, '5']);
  });

  it('of one turn end with it, also if the server keeps the stream open', async () => {
    const other = frame(2, { type: 'turn.completed', turn_id: 'u' });
    const completed = frame(3, { type: 'turn.completed' });
    server.answers((response) => void begin(response, RETRY + frame(1) + other + completed));
    expect(await idsOf({ turn: 't' })).toEqual([1, 2, 3]);
    expect(places()).toEqual([[`${path}?turn=t`, undefined]]);
  });

  it('of a turn that had ended before the position end as well', async () => {
    const reply: StreamReply = (response, request) => {
      if (request.path.includes('/events')) ends(RETRY)(response, request);
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"completed"}');
    };
    server.answers(reply);
    expect(await idsOf({ turn: 't', after: 20 })).toEqual([]);
  });

  it('wait before they connect again for as long as the server says', async () => {
    const begun = performance.now();
    server.answers(ends('retry: 600\n\n'), ends(DELETED));
    await idsOf();
    expect(performance.now() - begun).toBeGreaterThan(595);
  });

  it.each([
    [404, 'session_not_found'],
    [422, 'validation_failed'],
    [401, 'unauthorized'],
  ])('end with the error of the server: %i %s', async (status, code) => {
    server.answers({ status, json: { code } });
    await expect(idsOf()).rejects.toMatchObject({ status, code });
    expect(server.received).toHaveLength(1);
    server.answers(ends(RETRY + frame(1)), { status, json: { code } });
    await expect(idsOf()).rejects.toMatchObject({ status, code });
  });

  it('are an error where the answer is no stream', async () => {
    server.answers({ status: 200, json: {} });
    await expect(idsOf()).rejects.toMatchObject({ code: 'unexpected_response' });
    server.answers(ends('data: hello\n\n'));
    await expect(idsOf()).rejects.toMatchObject({ code: 'unexpected_response', body: 'hello' });
  });

  it('are an error where the server was never reached', async () => {
    server.answers('cut');
    await expect(idsOf()).rejects.toMatchObject({ code: 'connection_failed' });
    expect(server.received).toHaveLength(7);
  });

  it('end with the reason of the signal, while they come and in a pause', async () => {
    const reason = new Error('the screen was closed');
    for (const text of ['', 'retry: 20000\n\n']) {
      const closing = new AbortController();
      server.answers((response) => {
        begin(response, text + frame(1));
        if (text !== '') response.end();
      });
      const events = client.events(ID, { signal: closing.signal });
      expect((await events.next()).value).toMatchObject({ id: 1 });
      const next = events.next();
      setTimeout(() => {
        closing.abort(reason);
      }, 50);
      await expect(next).rejects.toBe(reason);
    }
  });

  it('close the connection when the loop is left', async () => {
    const closed = new Promise((resolve) => {
      server.answers((response) => {
        response.on('close', resolve);
        begin(response, frame(1));
      });
    });
    for await (const { id } of client.events(ID)) {
      expect(id).toBe(1);
      break;
    }
    await closed;
  });

  it('are read no faster than they are used', async () => {
    let written = 0;
    server.answers((response) => {
      begin(response, '');
      const write = (): void => {
        while (response.write(frame(++written, { turn_id: 'x'.repeat(10_000) })));
        response.once('drain', write);
      };
      write();
    });
    const events = client.events(ID);
    for (let id = 1; id <= 3; id++) expect((await events.next()).value).toMatchObject({ id });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBe(before);
    await events.return();
  });
});
