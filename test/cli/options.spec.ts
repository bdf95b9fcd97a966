import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';

import type { Health } from '../../src/operations/health.service.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { run, SLOW } from './command.js';
import { runInProcess } from './in-process.js';
import { useServer } from './use-server.js';

describe('without options', () => {
  const running = useServer();

  it('serves the agent and logs its URL', async () => {
    const id = await running.client.newSession();
    const session = await running.client.ask(id, 'hello');
    expect(session).toMatchObject({ status: 'idle', response: { content: 'You said: hello' } });
    const { server } = running;
    const said = await until(() => /Swagger UI is at \S+/.exec(server.stdout())?.[0], {
      what: 'the address',
    });
    expect(said).toBe(`Swagger UI is at ${server.url}/docs`);
    expect(server.stderr()).toBe('');
  });

  it('logs one line for each turn that is accepted, has started and has ended', async () => {
    const id = await running.client.newSession();
    await running.client.ask(id, 'secret words');
    const ended = `Turn completed: session ${id}`;
    const log = await until(() => running.server.stdout().includes(ended) && running.server.stdout(), {
      what: ended,
    });
    const about = log.split('\n').filter((line) => line.includes(id));
    expect(about).toEqual([
      expect.stringMatching(/LOG \[Turns\] Turn accepted: session \S+ turn \S+$/),
      expect.stringMatching(/LOG \[Turns\] Turn started: session \S+ turn \S+ attempt 1$/),
      expect.stringMatching(/LOG \[Turns\] Turn completed: session \S+ turn \S+ attempt 1, [\d.]+ s$/),
    ]);
    expect(log).not.toContain('secret words');
  });

  it('creates an SQLite file in the working directory', async () => {
    expect(await readdir(running.folder)).toContain('agent-sessions.sqlite');
  });

  it('runs up to ten turns at a time', async () => {
    const { body } = await running.client.request('GET', '/health');
    expect(body).toMatchObject({ status: 'ok', max_workers: 10, running_workers: 0 });
  });

  it('allows no custom ids', async () => {
    expect(await running.client.put(randomUUID())).toMatchObject({
      status: 405,
      body: { code: 'custom_ids_disabled' },
    });
  });

  it('refuses browsers of other origins', async () => {
    const origin = 'https://app.example.com';
    const { headers } = await fetch(`${running.server.url}/sessions`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('writes no terminal colours into a file', () => {
    // eslint-disable-next-line no-control-regex -- that is what a terminal's colours begin with
    expect(running.server.stdout()).not.toMatch(/\u001b/);
  });
});

describe('with options', () => {
  const running = useServer({
    agent: SLOW,
    args: [
      ...['--workers', '1', '--timeout', '0.3', '--max-sessions', '3', '--ttl', '1.5'],
      ...['--allow-custom-ids', '--log-level', 'error'],
    ],
  });

  it('applies all of them', async () => {
    const { client, server } = running;
    const health = (await client.request('GET', '/health')).body as Health;
    expect(health.max_workers).toBe(1);

    const id = randomUUID();
    expect((await client.put(id)).status).toBe(201);
    expect(await client.ask(id, '60000')).toMatchObject({
      status: 'error',
      error: 'Turn timed out after 0.3 s',
    });

    const ids = await Promise.all([client.newSession(), client.newSession()]);
    expect(await client.create()).toMatchObject({ status: 503, body: { code: 'session_limit_reached' } });

    await until(async () => (await client.get(ids[0])).status === 404, { what: 'the session to expire' });
    await until(async () => (await client.create()).status === 201, { what: 'room for another session' });
    expect(server.stdout()).toBe('');
  });
});

describe('help', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it('lists every option with its default', async () => {
    const { code, stdout, stderr } = await run(['start', '--help'], folder.path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.replace(/\s+/g, ' ');
    for (const said of [
      '--host <address> address to listen on (default: "127.0.0.1")',
      '--port <number> port to listen on; 0 for any that is free (default: 8000)',
      '--workers <number> turns that run at once in this process (default: 10)',
      '--ttl <seconds>',
      '--timeout <seconds>',
      '--max-sessions <number>',
      '--shutdown-timeout <seconds> how long running turns may go on at the end (default: 30)',
      '--allow-custom-ids',
      '--log-level <level>',
      '--log-format <format> text, or one JSON object per line',
      '--no-migrations',
      '--database <url>',
      '--redis <url>',
      '--role <role>',
      '--api-key <key> what clients must send as a bearer token (env: AGENT_SESSIONS_API_KEY)',
      '--webhook-secret <secret>',
      '(env: AGENT_SESSIONS_WEBHOOK_SECRET)',
      '--allow-private-webhooks',
    ]) {
      expect(text).toContain(said);
    }
  });

  it('shows no secret of the environment', async () => {
    const env = { AGENT_SESSIONS_API_KEY: 's3cret', AGENT_SESSIONS_WEBHOOK_SECRET: 's3cret' };
    expect((await runInProcess(['start', '--help'], folder.path, env)).stdout).not.toContain('s3cret');
  });

  it('lists the commands', async () => {
    const help = await runInProcess(['--help'], folder.path);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('start [options] <agent-module>');
    const nothing = await runInProcess([], folder.path);
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
    expect(nothing.stderr).toContain('Usage: agent-sessions');
    for (const [given, suggestion] of [
      ['begin', ''],
      ['strat', ' (Did you mean start?)'],
      ['dve', ' (Did you mean dev?)'],
    ] as const) {
      expect(await runInProcess([given], folder.path)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `agent-sessions: unknown command '${given}'${suggestion}\n`,
      });
    }
  });

  it('prints the version', async () => {
    const { stdout } = await run(['--version'], folder.path);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
