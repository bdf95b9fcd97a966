import { describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { useServer } from './use-server.js';

const AGENT = `
export default ({ message, usage }) => {
  usage({ total_tokens: 7 });
  if (message.content.startsWith('fail')) throw new TypeError('no\\n[forged] line', { cause: new Error('deep') });
  return 'the-answer';
};`;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('--log-format json', () => {
  const running = useServer({
    agent: AGENT,
    args: ['--log-format', 'json', '--host', '0.0.0.0', '--api-key', 'k'],
    env: { AGENT_SESSIONS_API_KEY: '' },
  });
  const request = (path: string, body?: object) =>
    fetch(running.server.url + path, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { Authorization: 'Bearer k', 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const ask = async (content: string) => {
    const { session_id: id } = (await (await request('/sessions', {})).json()) as { session_id: string };
    await request(`/sessions/${id}/messages`, { content });
    await (await request(`/sessions/${id}?wait=true`)).text();
    return id;
  };
  const linesOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  /** The log lines of a session, once there is one with this in its message. */
  const linesAbout = async (id: string, last: string) => {
    const { server } = running;
    const about = () =>
      linesOf(server.stdout() + server.stderr()).filter((line) => JSON.stringify(line).includes(id));
    await until(() => about().some(({ message }) => String(message).includes(last)), { what: last });
    return about();
  };

  it('is one object per line, with the address as it was given', async () => {
    const lines = await until(
      () => {
        const all = linesOf(running.server.stdout());
        return all.some(({ message }) => String(message).startsWith('Swagger UI')) && all;
      },
      { what: 'the address' },
    );
    for (const line of lines) {
      expect(line).toMatchObject({
        timestamp: expect.stringMatching(INSTANT),
        level: 'info',
        context: expect.any(String),
        pid: running.server.process.pid,
      });
    }
    const { port } = new URL(running.server.url);
    expect(lines.map(({ message }) => message)).toContain(`Listening on http://0.0.0.0:${port}`);
  });

  it('has one line for each turn that is accepted, has started and has ended, without contents', async () => {
    const id = await ask('the-question');
    const lines = await linesAbout(id, 'completed');
    const turn = { level: 'info', context: 'Turns', session_id: id, turn_id: expect.any(String) };
    expect(lines).toMatchObject([
      { ...turn, message: expect.stringMatching(/^Turn accepted: session \S+ turn \S+$/) },
      {
        ...turn,
        message: expect.stringMatching(/^Turn started: /),
        attempt: 1,
        waited_ms: expect.any(Number),
      },
      {
        ...turn,
        message: expect.stringMatching(
          /^Turn completed: session \S+ turn \S+ attempt 1, [\d.]+ s, 7 tokens$/,
        ),
        attempt: 1,
        outcome: 'completed',
        duration_ms: expect.any(Number),
        total_tokens: 7,
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/the-(question|answer)/);
  });

  it('has the stack and the causes of an agent’s error as a field', async () => {
    const id = await ask('fail');
    const lines = await linesAbout(id, 'Turn failed');
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: expect.stringContaining('TypeError: no [forged] line'),
        stack: expect.stringMatching(/^ {4}at .*agent\.mjs:4:\d+\)?\n[^]*Caused by: Error: deep\n/),
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/^Turn failed \(agent_error\): /),
        outcome: 'failed',
        reason: 'agent_error',
      }),
    );
  });
});
