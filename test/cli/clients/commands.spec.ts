import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Session } from '../../../src/index.js';
import { freePort } from '../../support/ports.js';
import { Receiver } from '../../support/receiver.js';
import { useServer } from '../use-server.js';
import { ASKING } from './asking-agent.js';
import { runClient, runClientProcess } from './client-run.js';

const KEY = 'a-key';

describe('the clients of a server', () => {
  const running = useServer({ agent: ASKING });

  /** Runs a command about the server. */
  const client = (command: string, ...args: string[]) => runClient([command, running.server.url, ...args]);

  /** The JSON that a command prints. */
  const printed = (command: string, ...args: string[]) => printedBy(runClient, command, ...args);

  async function printedBy(runs: typeof runClient, command: string, ...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await runs([command, running.server.url, ...args, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
    return JSON.parse(stdout);
  }

  it('create, send, get and delete a session', async () => {
    const { session_id: id } = (await printedBy(runClientProcess, 'create')) as Session;
    expect(await printed('send', id, 'hello')).toMatchObject({ session_id: id, status: 'running' });
    const session = await printed('get', id, '--wait');
    expect(session).toMatchObject({ status: 'idle', error: null, response: { content: 'You said: hello' } });
    expect(await printed('messages', id)).toEqual([
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'You said: hello' },
    ]);
    expect(await printed('sessions')).toMatchObject([{ session_id: id, total_messages: 2 }]);
    expect(await client('delete', id)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await printed('sessions')).toEqual([]);
  }, 60_000);

  it('print indented JSON without nulls', async () => {
    const id = await running.client.newSession({ metadata: { a: null, b: [null] } });
    const { stdout } = await client('get', id);
    const { created_at, updated_at, last_event_id } = JSON.parse(stdout) as Record<string, unknown>;
    const rest = { created_at, updated_at, ...(last_event_id === undefined ? {} : { last_event_id }) };
    expect(JSON.parse(stdout)).toEqual({ session_id: id, status: 'idle', metadata: { b: [null] }, ...rest });
    expect(stdout).toMatch(/^\{\n {2}"session_id": /);
    expect(JSON.parse((await client('health')).stdout)).toMatchObject({ status: 'ok', max_workers: 10 });
  });

  it.each([
    ['hello', 0, 'idle', runClient],
    ['fail', 3, 'error', runClient],
    ['refund', 4, 'interrupted', runClientProcess],
  ])('exit after the turn "%s" with the code %i', async (message, code, status, runs) => {
    const id = await running.client.newSession();
    const sent = await client('send', id, message, '--wait', '--json');
    expect([sent.code, sent.stderr]).toEqual([code, '']);
    expect(JSON.parse(sent.stdout)).toMatchObject({ session_id: id, status });
    expect((await runs(['get', running.server.url, id, '--wait'])).code).toBe(code);
    expect((await client('get', id)).code).toBe(0);
  });

  it('wait until the end, or for the given time', async () => {
    const id = await running.client.newSession();
    const { code, stdout } = await client('send', id, 'slow', '--wait', '--timeout', '0.2', '--json');
    expect([code, (JSON.parse(stdout) as Session).status]).toEqual([0, 'running']);
    expect(await printed('cancel', id)).toEqual({ session_id: id, status: 'error' });
    expect((await client('cancel', id)).stderr).toBe(
      `agent-sessions: Session ${id} has no unfinished turn\n`,
    );
  });

  it('answer a question', async () => {
    const id = await running.client.newSession();
    const { interrupts } = await running.client.ask(id, 'refund');
    const question = interrupts?.[0]?.interrupt_id ?? '';
    expect((await client('resume', id, question, '{')).stderr).toMatch(
      /^agent-sessions: .* It must be JSON.*\n$/,
    );
    expect(await printed('resume', id, question, '{"approved":true}')).toEqual({
      session_id: id,
      status: 'running',
    });
    expect(await running.client.settled(id)).toMatchObject({ response: { content: '{"approved":true}' } });
  });

  it('send the role, parameters and the webhook of a message', async () => {
    const receiver = await Receiver.start();
    const id = await running.client.newSession();
    const params = ['a=1', 'b=1.50', 'c=', 'd=e=f', 'e=9007199254740993', 'f=-0.5', 'g=Infinity', 'a=2'];
    await printed(
      'send',
      id,
      'hello',
      ...['--role', 'assistant'],
      ...params.flatMap((param) => ['--param', param]),
      ...['--webhook-url', receiver.url('/hook')],
      ...['--webhook-token', 'a token', '--webhook-include-messages'],
    );
    const [received] = await receiver.gets('/hook');
    const user_params = { a: 2, b: '1.50', c: '', d: 'e=f', e: '9007199254740993', f: -0.5, g: 'Infinity' };
    expect(received?.headers.authorization).toBe('Bearer a token');
    expect(received?.payload.messages?.[0]).toEqual({ role: 'assistant', content: 'hello', user_params });
    await receiver.close();
  });

  it.each([
    ['no URL', ['get'], /missing required argument 'url'/],
    ['no id', ['get', 'URL'], /missing required argument 'id'/],
    ['a URL that is none', ['health', 'localhost:8000'], /must be an http or https URL/],
    ['a URL with a password', ['health', 'http://user:secret@localhost'], /must be an http or https URL/],
    ['a parameter without =', ['send', 'URL', 'id', 'hello', '--param', 'a'], /It must be K=V/],
    ['a parameter without a key', ['send', 'URL', 'id', 'hello', '--param', '=a'], /It must be K=V/],
    ['a role that is none', ['send', 'URL', 'id', 'hello', '--role', 'me'], /Allowed choices are system/],
    ['a time that is none', ['get', 'URL', 'id', '--timeout', 'x'], /must be a number of seconds/],
    ['a token without a URL', ['send', 'URL', 'id', 'a', '--webhook-token', 't'], /need --webhook-url/],
    ['a position that is none', ['events', 'URL', 'id', '--after', '-1'], /must be an integer/],
    ['an unknown option', ['get', 'URL', 'id', '--nope'], /unknown option '--nope'/],
    ['an unknown command', ['gets', 'URL', 'id'], /unknown command 'gets' \(Did you mean get\?\)/],
    [
      'a session that does not exist',
      ['get', 'URL', randomUUID()],
      /^agent-sessions: Session \S+ not found\n$/,
    ],
    ['another server', ['get', 'URL/docs', 'id'], /Cannot GET \/docs\/sessions\/id/],
  ])('exit with the code 1 and one line for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runClient(
      args.map((arg) => arg.replace('URL', running.server.url)),
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^agent-sessions: [^\n]+\n$/);
    expect(stderr).not.toContain('secret');
  });

  it('exit with the code 1 soon where no server answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const begun = performance.now();
    const [get, health] = await Promise.all([
      runClientProcess(['get', url, 'id']),
      runClient(['health', url]),
    ]);
    expect([get, health]).toEqual(
      Array(2).fill({
        code: 1,
        stdout: '',
        stderr: `agent-sessions: No answer from ${url}: connect ECONNREFUSED ${url.replace('http://', '')}\n`,
      }),
    );
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});

describe('the clients of a server with an API key', () => {
  const running = useServer({ args: ['--api-key', KEY] });

  it('take it from the command line or the environment', async () => {
    const { url } = running.server;
    expect((await runClient(['sessions', url, '--api-key', KEY])).code).toBe(0);
    expect((await runClientProcess(['sessions', url], { env: { AGENT_SESSIONS_API_KEY: KEY } })).code).toBe(
      0,
    );
    const { code, stderr } = await runClient(['sessions', url]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^agent-sessions: Send a valid Authorization[^\n]*\n$/),
    ]);
  });
});
