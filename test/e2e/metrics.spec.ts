import { describe, expect, it } from '@jest/globals';
import { AggregationTemporality, type Histogram } from '@opentelemetry/sdk-metrics';

import { Metrics, useMetrics } from '../support/metrics.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, startApp, uniqueName } from '../support/stacks.js';
import { until } from '../support/until.js';

/** The values of one metric by outcome. */
async function byOutcome(name: string, module: string): Promise<Record<string, number>> {
  const points = await reader.points(name, module);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [String(attributes['agent_sessions.outcome']), value]),
  );
}

const reader = new Metrics();
/** Exports only the observations since the last collection; the other one repeats the last values. */
const sinceLastTime = new Metrics({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
useMetrics(reader, sinceLastTime);

const RUNS = 'agent_sessions.turn.run.duration';

describe.each(expressStacks)('metrics on $name', (stack) => {
  it('count turns by outcome, and measure runs and queue times in seconds', async () => {
    const agent = new ScriptedAgent();
    const name = uniqueName();
    const app = await startApp(stack, { agent, name, turnTimeout: 700 });
    const ids = await Promise.all(Array.from({ length: 5 }, () => app.client.newSession()));
    const [one = '', two = '', failing = '', slow = '', cancelled = ''] = ids;
    await app.client.ask(one, 'hello');
    await app.client.ask(two, 'hello');
    const fails = () => {
      throw new Error('no');
    };
    await app.client.ask(failing, agent.does(fails));
    await app.client.ask(slow, agent.holds().content);
    const held = agent.holds();
    await app.client.send(cancelled, held.content);
    await held.started;
    await app.client.cancel(cancelled);
    await app.close();

    const ended = await reader.points('agent_sessions.ended_turns', name);
    const counts = ended.map(({ attributes, value }) => [
      attributes['agent_sessions.outcome'],
      attributes['error.type'],
      value,
    ]);
    expect(counts).toHaveLength(4);
    expect(counts).toEqual(
      expect.arrayContaining([
        ['completed', undefined, 2],
        ['failed', 'agent_error', 1],
        ['failed', 'timed_out', 1],
        ['cancelled', undefined, 1],
      ]),
    );
    const runs = await reader.points<Histogram>(RUNS, name);
    const timedOut = runs.find(({ attributes }) => attributes['error.type'] === 'timed_out');
    expect(timedOut?.value).toMatchObject({ count: 1 });
    expect(timedOut?.value.sum).toBeGreaterThan(0.6);
    expect(timedOut?.value.sum).toBeLessThan(30);
    expect(timedOut?.value.buckets.boundaries).toEqual(expect.arrayContaining([0.05, 1, 60, 3600]));
    const [queue, ...others] = await reader.points<Histogram>('agent_sessions.turn.time_in_queue', name);
    expect(others).toEqual([]);
    expect(queue?.value.count).toBe(5);
    expect(queue?.value.sum).toBeLessThan(30);
    expect(queue?.value.buckets.boundaries).toEqual(expect.arrayContaining([0.005, 1, 900]));
  });

  it('report running turns and waiting polls per module, until it is closed', async () => {
    const agent = new ScriptedAgent();
    const names = [uniqueName(), uniqueName()] as const;
    const app = await startApp(stack, { agent, name: names[0] });
    const other = await startApp(stack, { agent, name: names[1] });
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    await held.started;
    const polls = [app.client.settled(id), app.client.settled(id)];
    const values = async (metric: string) =>
      (await Promise.all(names.map((name) => reader.points(metric, name)))).map(([point]) => point?.value);
    await until(async () => (await values('agent_sessions.waiting_polls'))[0] === 2, { what: 'two polls' });
    expect(await values('agent_sessions.running_turns')).toEqual([1, 0]);
    held.answer('');
    await Promise.all(polls);
    await until(async () => (await values('agent_sessions.running_turns'))[0] === 0, { what: 'no run' });
    expect(await values('agent_sessions.waiting_polls')).toEqual([0, 0]);
    await app.close();
    await sinceLastTime.collect();
    for (const metric of ['agent_sessions.running_turns', 'agent_sessions.waiting_polls']) {
      expect(await sinceLastTime.points(metric, names[0])).toHaveLength(0);
      expect(await sinceLastTime.points(metric, names[1])).toHaveLength(1);
    }
    await other.close();
  });

  it('count turns that a worker left behind', async () => {
    const agent = new ScriptedAgent();
    const name = uniqueName();
    const app = await startApp(stack, { agent, name });
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    await held.started;
    await app.close();
    const [point] = await reader.points('agent_sessions.requeued_turns', name);
    expect(point).toMatchObject({ value: 1, attributes: { 'error.type': 'worker_stopped' } });
    expect(await reader.points('agent_sessions.ended_turns', name)).toEqual([]);
  });

  it('count delivery attempts by outcome', async () => {
    const name = uniqueName();
    const webhooks = { allowPrivateAddresses: true, retryDelays: [1] };
    const [app, receiver] = await Promise.all([
      startApp(stack, { agent: () => 'ok', name, webhooks }),
      Receiver.start(),
    ]);
    for (const url of [receiver.answers('/mended', 500, 204), receiver.answers('/gone', 410)]) {
      await app.client.ask(await app.client.newSession(), { content: 'x', webhook: { url } });
    }
    await until(
      async () => {
        const { delivered, failed } = await byOutcome('agent_sessions.delivery.attempts', name);
        return delivered && failed;
      },
      { what: 'both deliveries to end' },
    );
    expect(await byOutcome('agent_sessions.delivery.attempts', name)).toEqual({
      delivered: 1,
      retrying: 1,
      failed: 1,
    });
    await app.close();
    await receiver.close();
  });
});
