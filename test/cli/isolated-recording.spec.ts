import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { inChildProcess } from '../../src/agents/isolation/child-process.js';
import type { AgentTransport } from '../../src/agents/protocol/transport.js';
import type { FromAgent } from '../../src/agents/protocol/turn-messages.js';
import type { RecordedStep, TurnRecording } from '../../src/agents/recording/recording.js';
import { RunAborted } from '../../src/turns/run-aborted.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { agentFile } from './command.js';
import { agentProgram, turnOf } from './isolated-turn.js';

/** Answers with what its steps and questions have given; an effect is a line of the answer. */
const AGENT = `
const effects = [];
const did = (name, result) => () => { effects.push(name); return result; };
export default async ({ message, step, interrupt }) => {
  const onUnknown = message.content;
  const results = [await step('charge', did('charge', { paid: 17 }), { onUnknown }), await step('none', did('none'))];
  try {
    await step('flaky', () => { effects.push('flaky'); throw Object.assign(new RangeError('out of stock'), { code: 'E_STOCK' }); });
  } catch ({ name, message, code }) {
    results.push([name, message, code]);
  }
  const asked = ['first', 'second'].map((about) => interrupt({ type: 'ask', about }).catch(() => 'cut off'));
  results.push(...(await Promise.all(asked)));
  return JSON.stringify({ results, effects });
};`;

/** What an engine has of one run. */
interface Run {
  messages: FromAgent[];
  steps: RecordedStep[];
}

describe('steps and questions of an agent in a child process', () => {
  let folder: TemporaryFolder;
  let agent: AgentTransport;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, AGENT);
    agent = inChildProcess(agentProgram('agent.mjs', folder.path));
  });
  afterAll(() => folder.remove());

  /** Runs a turn; records its steps, or refuses that, and suspends it as the engine does. */
  async function run(recording: TurnRecording, onUnknown = 'retry', refusal?: string): Promise<Run> {
    const messages: FromAgent[] = [];
    const steps: RecordedStep[] = [];
    await new Promise<void>((resolve, reject) => {
      const receive = (message: FromAgent) => {
        messages.push(message);
        if (message.type === 'end') resolve();
        if (message.type === 'step') {
          steps.push({ ...message.step, attempt: 3 });
          side.send({ type: 'recorded', call: message.call, ...(refusal !== undefined && { refusal }) });
        }
        if (message.type === 'suspend' || message.type === 'fail') {
          const reason = new RunAborted('interrupted', 'The turn waits', {
            outcome: 'interrupted',
            interrupts: [],
          });
          side.send({ type: 'abort', reason });
        }
      };
      const side = agent({ receive, onListenerError: reject });
      side.send({ type: 'start', ...turnOf(onUnknown), recording });
    });
    return { messages, steps };
  }

  const completed = ({ messages }: Run): unknown => {
    const end = messages.at(-1);
    if (end?.type !== 'end' || end.outcome !== 'completed') throw new Error(JSON.stringify(end));
    const { response } = end.output as { response: { content: string } };
    return JSON.parse(response.content);
  };

  it('are recorded, suspend the turn and are replayed by another process', async () => {
    const first = await run({ steps: [], interrupts: [] });
    expect(first.steps).toMatchObject([
      { name: 'charge', occurrence: 1, state: 'completed', result: '{"paid":17}' },
      { name: 'none', occurrence: 1, state: 'completed', result: null },
      { name: 'flaky', state: 'failed', error: { name: 'RangeError', code: 'E_STOCK' } },
    ]);
    const asked = first.messages.find(({ type }) => type === 'suspend');
    const questions = ['first', 'second'].map((about, index) => ({
      key: `ask#${index + 1}`,
      payload: { type: 'ask', about },
    }));
    expect(asked).toEqual({ type: 'suspend', interrupts: questions });

    const interrupts = questions.map((question, index) => ({ ...question, answer: String(index) }));
    const second = await run({ steps: first.steps, interrupts });
    expect(second.steps).toEqual([]);
    expect(completed(second)).toEqual({
      results: [{ paid: 17 }, null, ['RangeError', 'out of stock', 'E_STOCK'], 0, 1],
      effects: [],
    });
  });

  it('that may have been done are judged by their author there, too', async () => {
    const started = { name: 'charge', occurrence: 1, state: 'started' as const, attempt: 2 };
    const recording = { steps: [started], interrupts: [] };
    expect((await run(recording, 'fail')).messages[0]).toMatchObject({ type: 'fail', code: 'step_unknown' });
    expect((await run(recording, 'ask')).messages[0]).toMatchObject({
      type: 'suspend',
      interrupts: [{ payload: { type: 'step_unknown', step: 'charge' } }],
    });
    expect((await run(recording, 'retry')).steps[0]).toMatchObject({ name: 'charge', state: 'completed' });
  });

  it('that cannot be recorded throw the reason', async () => {
    const { messages } = await run({ steps: [], interrupts: [] }, 'retry', 'The run has lost its turn');
    expect(messages.at(-1)).toMatchObject({
      outcome: 'failed',
      error: { message: 'The run has lost its turn' },
    });
  });
});
