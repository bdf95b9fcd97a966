import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { SessionEvent } from '../../../src/index.js';
import { ScriptedServer, type StreamReply } from '../../client/scripted-server.js';
import { until } from '../../support/until.js';
import { useServer } from '../use-server.js';
import { runClient, runClientProcess } from './client-run.js';

/** An agent that streams its answer around a tool call, or waits for the deletion of a session. */
const STREAMING = `
export default async (turn) => {
  if (turn.message.content === 'quiet') {
    return { messages: [{ role: 'assistant', content: null, tool_calls: [
      { id: 'c', type: 'function', function: { name: 'get_weather', arguments: '{}' } } ] }],
      response: { role: 'assistant', content: 'Not streamed.' } };
  }
  turn.emit('Let me ');
  turn.emit('see: 漢');
  turn.emit({ type: 'tool.call', tool_call_id: 'c', name: 'get_weather', arguments: '{"city":"Paris"}' });
  turn.emit({ type: 'tool.result', tool_call_id: 'c', content: 'sunny' });
  turn.emit({ type: 'progress', percent: 50 });
  turn.emit('It is');
  return 'It is sunny.';
};`;

describe('the clients of a server that streams', () => {
  const running = useServer({ agent: STREAMING });
  const url = () => running.server.url;

  it('chat shows the pieces of an answer, and tool calls beside it', async () => {
    expect(await runClient(['chat', url(), 'hello'])).toEqual({
      code: 0,
      stdout: 'Let me see: 漢\nIt is sunny.\n',
      stderr: '→ get_weather {"city":"Paris"}\n  = sunny\n',
    });
  });

  it('chat shows tool calls and answers that were not streamed', async () => {
    expect(await runClient(['chat', url(), 'quiet'])).toEqual({
      code: 0,
      stdout: 'Not streamed.\n',
      stderr: '→ get_weather {}\n',
    });
  });

  it('events prints each event in one line, and ends with the turn', async () => {
    const id = await running.client.newSession();
    const { turn_id } = await running.client.ask(id, 'hello');
    const { code, stdout } = await runClient([
      'events',
      url(),
      id,
      '--turn',
      turn_id ?? '',
      '--after',
      '1',
      '--json',
    ]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SessionEvent);
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({ id: 2, type: 'turn.started' });
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', response: { content: 'It is sunny.' } });
  });

  it('events ends with the session, and follows it until then', async () => {
    const id = await running.client.newSession();
    const { code, stdout } = await runClientProcess(['events', url(), id, '--after', '0', '--json'], {
      onStart: async () => {
        await running.client.ask(id, 'hello');
        await running.client.delete(id);
      },
    });
    // A client that begins after the deletion says that the session is gone.
    if (code === 0) expect(stdout).toContain('"type":"session.deleted"');
    else expect(stdout).toBe('');
  });
});

describe('chat with a server that has neither streams, turns nor cancel', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await ScriptedServer.start();
  });
  afterAll(() => server.close());

  const answer = (status: number, json?: object) => ({ status, json });
  const NOT_FOUND = { detail: 'Not Found' };

  /** A server of the messages API alone, whose agent asks for an approval if the message says so. */
  function plainServer(): StreamReply {
    let session: object = { session_id: 's', status: 'idle', response: null, error: null, interrupts: null };
    return (response, { method, path, body }) => {
      const end = ({ status, json }: { status: number; json?: object | undefined }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(json && JSON.stringify(json));
      };
      const key = `${method} ${path.replace(/\?.*/, '')}`;
      const { content } = Object(body) as { content?: string };
      switch (key) {
        case 'POST /sessions':
          end(answer(201, session));
          break;
        case 'POST /sessions/s/messages':
          session = {
            ...session,
            status: 'idle',
            response: { role: 'assistant', content: `You said: ${content ?? ''}` },
          };
          if (content === 'approve') {
            const payload = { type: 'tool_approval', tool_name: 'refund', tool_args: {} };
            session = {
              ...session,
              status: 'interrupted',
              interrupts: [{ interrupt_id: 'i', ...payload, payload }],
            };
          }
          if (content === 'slow') session = { ...session, status: 'running' };
          end(answer(202, { session_id: 's', status: 'running' }));
          break;
        case 'POST /sessions/s/resume':
          session = { ...session, status: 'idle', response: { content: 'Done.' }, interrupts: null };
          end(answer(200, { session_id: 's', status: 'running' }));
          break;
        case 'GET /sessions/s':
          end(answer(200, session));
          break;
        case 'DELETE /sessions/s':
          end(answer(204));
          break;
        default:
          end(answer(404, NOT_FOUND));
      }
    };
  }

  it('waits for the answer by long poll', async () => {
    server.answers(plainServer());
    expect(await runClient(['chat', server.url], { input: 'a\nb\n' })).toEqual({
      code: 0,
      stdout: 'You said: a\nYou said: b\n',
      stderr: '',
    });
    expect(server.received.at(-1)).toMatchObject({ method: 'DELETE', path: '/sessions/s' });
  });

  it('answers questions', async () => {
    server.answers(plainServer());
    expect(await runClient(['chat', server.url, 'approve'], { input: 'y\n' })).toMatchObject({
      code: 0,
      stdout: 'Done.\n',
    });
    const resumed = server.received.find(({ path }) => path.endsWith('/resume'));
    expect(resumed?.body).toEqual({ interrupt_id: 'i', value: { approved: true } });
  });

  it('leaves at Ctrl+C during a turn, because it cannot cancel it', async () => {
    server.answers(plainServer());
    const { code } = await runClientProcess(['chat', server.url, 'slow'], {
      onStart: async (kill) => {
        const waits = () => server.received.some(({ path }) => path.includes('wait=true'));
        await until(waits, { what: 'a long poll' });
        kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(server.received.at(-1)).toMatchObject({ method: 'DELETE', path: '/sessions/s' });
  });
});
