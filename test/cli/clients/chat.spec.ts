import { describe, expect, it } from '@jest/globals';

import { until } from '../../support/until.js';
import { useServer } from '../use-server.js';
import { ASKING } from './asking-agent.js';
import { type ClientProcessRun, type ClientRun, runClient, runClientProcess } from './client-run.js';

describe('chat', () => {
  const running = useServer({ agent: ASKING });

  const chat = (args: string[], options?: ClientRun) =>
    runClient(['chat', running.server.url, ...args], options);

  const chatProcess = (args: string[], options?: ClientProcessRun) =>
    runClientProcess(['chat', running.server.url, ...args], options);

  /** The number of sessions on the server. */
  const count = async () => (await running.client.list()).body.length;

  it('with a message prints the answer alone, and deletes its session', async () => {
    expect(await chatProcess(['grüß dich 👋'])).toEqual({
      code: 0,
      stdout: 'You said: grüß dich 👋\n',
      stderr: '',
    });
    expect(await count()).toBe(0);
  });

  it('reads a message from each line, skips blank lines and leaves at the end of input', async () => {
    expect(await chat([], { input: 'one\n\n  \r\ntwo' })).toEqual({
      code: 0,
      stdout: 'You said: one\nYou said: two\n',
      stderr: '',
    });
    expect(await count()).toBe(0);
  });

  it('with --json prints the session of each turn in one line', async () => {
    const { stdout } = await chat(['--json'], { input: 'one\nfail\n' });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { status: 'idle', response: { content: 'You said: one' } },
      { status: 'error', response: null, error: 'It fails on request' },
    ]);
  });

  it('sends the parameters with each message', async () => {
    const { stdout } = await chat(['--param', 'a=1', '--param', 'b=x'], { input: 'params\nparams\n' });
    expect(stdout).toBe('{"a":1,"b":"x"}\n'.repeat(2));
  });

  it('keeps a session with --keep, and says which', async () => {
    const { stderr } = await chat(['hello', '--keep']);
    const [, id = ''] = /^Session (\S+) was kept\.\n$/.exec(stderr) ?? [];
    expect(await running.client.get(id)).toMatchObject({ status: 200 });
    await running.client.delete(id);
  });

  it('never deletes a session that it was given', async () => {
    const id = await running.client.newSession();
    await chat(['hello', '--session', id]);
    expect((await running.client.messages(id)).body).toHaveLength(2);
    await running.client.delete(id);
  });

  it('exits with the code 3 and the reason after a turn that ended in an error', async () => {
    const expected = { code: 3, stdout: '', stderr: 'The turn ended in an error: It fails on request\n' };
    expect(await chat(['fail'])).toEqual(expected);
    expect(await chat([], { input: 'fail\n' })).toEqual(expected);
    expect((await chat([], { input: 'fail\nhello\n' })).code).toBe(0);
  });

  it.each([
    ['y', true],
    ['YES', true],
    ['n', false],
    ['', false],
    ['yep', false],
  ])('asks whether a tool may be called: "%s" is %s', async (line, approved) => {
    const { code, stdout, stderr } = await chat(['refund'], { input: `${line}\n` });
    expect([code, stdout]).toEqual([0, `{"approved":${approved}}\n`]);
    expect(stderr).toBe('The agent wants to call refund {"order":17}\nAllow it? [y/N] \n');
  });

  it('asks questions with numbered options, and for a text of the user', async () => {
    const { stdout, stderr } = await chat(['ask'], { input: '3\ngreen\n1, 2\n' });
    const answers = { 'Which colour?': 'green', 'Which sizes?': ['Small', 'Large'] };
    expect(stdout).toBe(`${JSON.stringify({ answers })}\n`);
    expect(stderr).toContain(
      'Colour: Which colour?\n  1. Blue - like the sky\n  2. Red - like fire\n  3. Other\n',
    );
  });

  it('asks again until the answer is possible', async () => {
    const { stdout, stderr } = await chat(['ask'], { input: '\n4\n1 2\nblue\n2\n\n3,1\ntiny\n' });
    const answers = { 'Which colour?': 'Red', 'Which sizes?': ['Small', 'tiny'] };
    expect(stdout).toBe(`${JSON.stringify({ answers })}\n`);
    expect(stderr.match(/Type a number from 1 to 3\./g)).toHaveLength(4);
    expect(stderr.match(/Type numbers from 1 to 3\./g)).toHaveLength(1);
  });

  it('asks for JSON where it does not know the type of a question', async () => {
    const { stdout, stderr } = await chat(['form'], { input: 'Ada\n"Ada"\n' });
    expect(stdout).toBe('"Ada"\n');
    expect(stderr).toContain('The agent asks:\n{\n  "type": "form",\n  "title": "Sign"\n}\n');
    expect(stderr).toContain('This is not JSON');
  });

  it('asks again if the agent does not accept the answer', async () => {
    const { stdout, stderr } = await chat(['strict'], { input: '{}\n{"name":"Ada"}\n' });
    expect(stdout).toBe('{"name":"Ada"}\n');
    expect(stderr).toContain("must have required property 'name'");
  });

  it('exits with the code 4 if there is no answer, which is none', async () => {
    const id = await running.client.newSession();
    expect((await chat(['refund', '--session', id])).code).toBe(4);
    expect((await running.client.get(id)).body).toMatchObject({ status: 'interrupted' });
    const { stdout, stderr } = await chat(['--session', id], { input: 'y\nhello\n' });
    expect(stderr).toContain('The session has an unfinished turn.\nThe agent wants to call refund');
    expect(stdout).toBe('{"approved":true}\nYou said: hello\n');
    await running.client.delete(id);
  });

  /** Sends the signal when a turn runs. */
  const signalled = (signal: NodeJS.Signals): ClientProcessRun => ({
    onStart: async (kill) => {
      const isRunning = async () => (await running.client.list('?status=running')).body.length > 0;
      await until(isRunning, { what: 'a running turn' });
      kill(signal);
    },
  });

  it('cancels the turn at Ctrl+C', async () => {
    const { code, stderr } = await chatProcess(['slow'], signalled('SIGINT'));
    expect(code).toBe(3);
    expect(stderr).toBe(
      'Cancelling the turn. Ctrl+C again leaves.\nThe turn ended in an error: Turn cancelled\n',
    );
    expect(await count()).toBe(0);
  });

  it('goes on after a cancelled turn', async () => {
    const { code, stdout } = await chatProcess([], { ...signalled('SIGINT'), input: 'slow\nhello\n' });
    expect([code, stdout]).toEqual([0, 'You said: hello\n']);
  });

  it('leaves at SIGTERM', async () => {
    expect((await chatProcess(['slow'], signalled('SIGTERM'))).code).toBe(130);
    expect(await count()).toBe(0);
  });

  it('continues after a message that is refused, and ends with one line where the server is not found', async () => {
    const id = await running.client.newSession();
    const { stdout, stderr } = await chat(['--session', id, '--param', '__proto__=1'], { input: 'a\n' });
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(/^user_params[^\n]*\n$/)]);
    expect((await chat(['hello', '--session', 'nope'])).stderr).toBe(
      'agent-sessions: Session nope not found\n',
    );
    await running.client.delete(id);
  });
});
