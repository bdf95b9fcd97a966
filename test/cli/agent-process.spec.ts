import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { inChildProcess } from '../../src/agents/isolation/child-process.js';
import { AgentProcessDied } from '../../src/agents/isolation/agent-process-died.js';
import type { AgentTransport } from '../../src/agents/protocol/transport.js';
import { AgentOutputError } from '../../src/agents/agent-output-error.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { agentFile } from './command.js';
import { agentProgram, type EnginePart, isAlive, runBy, turnOf } from './isolated-turn.js';

/** Writes its process id to a file and then does what the message says. */
const AGENT = `
import { writeFileSync } from 'node:fs';

let runs = 0;
const assistant = (content) => ({ role: 'assistant', content });
const tool = { role: 'tool', tool_call_id: 'call_1', content: '12:00' };
const acts = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(3),
  disconnect: () => { process.disconnect(); return new Promise(() => {}); },
  block: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  throw: () => { throw new RangeError('Too far\\nby a mile'); },
  'throw a text': () => { throw 'No more'; },
  'throw nothing': () => { throw null; },
  'throw with causes': () => {
    const errors = [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })];
    throw new TypeError('fetch failed', { cause: new AggregateError(errors) });
  },
  'throw later': () => { setTimeout(() => { throw new RangeError('Too late'); }); return new Promise(() => {}); },
  'throw what throws': () => { throw { get message() { throw new Error('gotcha'); } }; },
  text: () => 'an answer',
  message: () => ({ ...assistant('an answer'), reasoning: 'because' }),
  messages: () => ({ messages: [tool], response: assistant('It is noon') }),
  history: () => ({ history: [tool, assistant('Done')], response: assistant('Done') }),
  unknown: () => ({ ...assistant('an answer'), raw: { self: globalThis } }),
  nothing: () => undefined,
  bigint: () => ({ ...assistant('an answer'), user_params: { big: 1n } }),
  runs: () => 'run ' + ++runs,
  facts: ({ sessionId, turnId, owner, metadata, attempt, message }) =>
    JSON.stringify({ sessionId, turnId, owner, metadata, isFrozen: Object.isFrozen(metadata.plan), attempt, message }),
  length: ({ history }) => String(history.reduce((sum, { content }) => sum + content.length, 0)) + history.at(-1).name,
  ignore: () => new Promise(() => {}),
  timers: () => { setInterval(() => {}, 1000); return 'an answer'; },
  signals: async () => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'still here';
  },
  report: ({ usage, emit }) => {
    usage({ total_tokens: 3 });
    emit('a piece');
    usage({ total_tokens: 4 });
    emit({ type: 'progress', at: new Date(0) });
    return 'an answer';
  },
  misuse: ({ usage, emit }) => {
    const problems = [() => usage({ total_tokens: -1 }), () => emit(7), () => emit({ type: 'x', big: 1n })].map((call) => {
      try { call(); return 'accepted'; } catch (error) { return error.name; }
    });
    return problems.join();
  },
  abort: ({ signal, emit }) => new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(\`\${signal.reason.name}: \${signal.reason.message}\`));
    emit('listening');
  }),
  arguments: () => [...process.execArgv, process.env.NODE_OPTIONS].join(),
  send: () => String(process.send),
};
export default (turn) => {
  writeFileSync('pid', String(process.pid));
  return acts[turn.message.content](turn);
};`;

describe('a turn in a child process', () => {
  let folder: TemporaryFolder;
  let agent: AgentTransport;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, AGENT);
    agent = inChildProcess(agentProgram('agent.mjs', folder.path));
  });
  afterAll(() => folder.remove());

  const ask = (content: string, engine: EnginePart = {}) => runBy(agent, content, engine);
  const pid = async () => Number(await readFile(join(folder.path, 'pid'), 'utf8'));
  const begun = (act: string) =>
    until(
      async () => {
        const last = await pid().catch(() => 0);
        return last !== 0 && isAlive(last) && last;
      },
      { what: `the agent to ${act}` },
    );

  it('accepts every form of result', async () => {
    const response = { role: 'assistant', content: 'an answer' };
    const tool = { role: 'tool', tool_call_id: 'call_1', content: '12:00' };
    const done = { role: 'assistant', content: 'Done' };
    expect(
      await Promise.all(['text', 'message', 'unknown', 'messages', 'history'].map((form) => ask(form))),
    ).toEqual([
      { response, messages: [] },
      { response: { ...response, reasoning: 'because' }, messages: [] },
      { response, messages: [] },
      { response: { role: 'assistant', content: 'It is noon' }, messages: [tool] },
      { response: done, history: [tool, done] },
    ]);
  });

  it('gives the agent the turn’s fields', async () => {
    const { sessionId, turnId, owner, metadata, attempt, message } = turnOf('facts');
    expect(await ask('facts')).toMatchObject({
      response: {
        content: JSON.stringify({ sessionId, turnId, owner, metadata, isFrozen: true, attempt, message }),
      },
    });
  });

  it('ends with output_rejected for an invalid result, as in process', async () => {
    for (const form of ['nothing', 'bigint']) {
      const error = await ask(form).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AgentOutputError);
      expect((error as Error).message).toMatch(
        /^The agent returned (undefined; expected|a message that is no JSON)/,
      );
    }
  });

  it('fails with the agent’s error, however and whenever it is thrown', async () => {
    const whats = ['throw', 'throw later', 'throw a text', 'throw nothing', 'throw what throws'];
    const errors = await Promise.all(whats.map((what) => ask(what).catch((thrown: unknown) => thrown)));
    expect(errors).toMatchObject([
      { name: 'RangeError', message: 'Too far\nby a mile' },
      { name: 'RangeError', message: 'Too late' },
      { message: 'No more' },
      { message: 'The agent failed' },
      { message: 'The agent failed' },
    ]);
    expect(errors.every((error) => error instanceof Error)).toBe(true);
    expect((errors[0] as Error).stack).toMatch(/agent\.mjs:\d+:\d+/);
  });

  it('fails with the causes of the agent’s error', async () => {
    const error = await ask('throw with causes').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { name: 'AggregateError', errors: [{ message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' }] },
    });
    expect(((error as Error & { cause: AggregateError }).cause.errors[0] as Error).stack).toMatch(
      /agent\.mjs:\d+:\d+/,
    );
  });

  it('affects no other turn when its process dies', async () => {
    const hows = ['kill', 'exit', 'disconnect'];
    const errors = await Promise.all(hows.map((how) => ask(how).catch((thrown: unknown) => thrown)));
    expect(errors.every((error) => error instanceof AgentProcessDied)).toBe(true);
    expect(errors).toMatchObject([
      { exitCode: null, signalCode: 'SIGKILL' },
      { exitCode: 3, signalCode: null },
      { exitCode: null, signalCode: 'SIGKILL' },
    ]);
  });

  it('is killed when it blocks its event loop for too long', async () => {
    const impatient = inChildProcess({
      ...agentProgram('agent.mjs', folder.path),
      maxSilence: 3_000,
    });
    await expect(runBy(impatient, 'block')).rejects.toBeInstanceOf(AgentProcessDied);
  });

  it('shares no state with other turns', async () => {
    expect(await ask('runs')).toMatchObject({ response: { content: 'run 1' } });
    expect(await ask('runs')).toMatchObject({ response: { content: 'run 1' } });
  });

  it('reports usage and emitted pieces, and throws on misuse at the call', async () => {
    const reports: unknown[] = [];
    const report = (what: unknown) => void reports.push(what);
    await ask('report', { usage: report, emit: report });
    expect(reports).toEqual([
      { total_tokens: 3 },
      'a piece',
      { total_tokens: 4 },
      { type: 'progress', at: '1970-01-01T00:00:00.000Z' },
    ]);
    expect(await ask('misuse')).toMatchObject({ response: { content: 'TypeError,TypeError,TypeError' } });
  });

  it('fails with the error of a report that is refused', async () => {
    const refuse = () => {
      throw new RangeError('Too many events');
    };
    await expect(ask('report', { emit: refuse })).rejects.toThrow('Too many events');
  });

  it('receives a history of 40 MiB completely', async () => {
    const message = { role: 'user' as const, content: 'é"\n'.padEnd(1024 * 1024, 'words ') };
    const history = [...Array.from({ length: 40 }, () => message), { ...message, name: ' the last' }];
    expect(await ask('length', { history })).toMatchObject({
      response: { content: `${41 * 1024 * 1024} the last` },
    });
  });

  it('receives the reason with which its signal is aborted', async () => {
    const controller = new AbortController();
    const reason = Object.assign(new Error('Turn timed out after 2 s'), { name: 'AbortError' });
    const emit = () => {
      controller.abort(reason);
    };
    expect(await ask('abort', { signal: controller.signal, emit })).toMatchObject({
      response: { content: 'AbortError: Turn timed out after 2 s' },
    });
  });

  it.each(['ignore', 'block'])('is killed soon after its signal is aborted: %s', async (how) => {
    const controller = new AbortController();
    const outcome = ask(how, { signal: controller.signal }).catch((thrown: unknown) => thrown);
    const child = await begun(how);
    const reason = new Error('The turn was cancelled');
    const aborted = performance.now();
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(performance.now() - aborted).toBeLessThan(5_000);
    expect(isAlive(child)).toBe(false);
  });

  it('does not start if its signal is already aborted', async () => {
    const reason = new Error('The turn was cancelled');
    await expect(ask('kill', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const outcome = ask('kill', { signal: controller.signal });
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
  });

  it('ends with the turn, even if the agent left timers', async () => {
    expect(await ask('timers')).toMatchObject({ response: { content: 'an answer' } });
    expect(isAlive(await pid())).toBe(false);
  });

  it('continues when a signal reaches the whole process group', async () => {
    expect(await ask('signals')).toMatchObject({ response: { content: 'still here' } });
  });

  it('has no environment variables that mark a child of another program', async () => {
    expect(await ask('send')).toMatchObject({ response: { content: 'undefined' } });
  });

  it('leaves the debugger to its parent', async () => {
    const { execArgv } = process;
    const { NODE_OPTIONS: options } = process.env;
    process.execArgv = ['--inspect=0', '--no-warnings', '--inspect-port', '1'];
    process.env.NODE_OPTIONS = '--inspect-brk=0 --stack-trace-limit=20';
    try {
      expect(await ask('arguments')).toMatchObject({
        response: { content: '--no-warnings,--stack-trace-limit=20' },
      });
    } finally {
      process.execArgv = execArgv;
      if (options === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = options;
    }
  });

  it('fails without file names if the agent cannot be loaded again', async () => {
    const missing = inChildProcess(agentProgram('missing.mjs', folder.path));
    await expect(runBy(missing, 'text')).rejects.toThrow(
      /^The agent could not be loaded in a process of its own$/,
    );
  });

  it('counts as lost if no process can be started', async () => {
    const nowhere = inChildProcess(agentProgram('agent.mjs', join(folder.path, 'nowhere')));
    await expect(runBy(nowhere, 'text')).rejects.toBeInstanceOf(AgentProcessDied);
  });
});
