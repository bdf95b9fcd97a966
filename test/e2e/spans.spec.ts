import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { spanOf, spansNamed, startTracing, stopTracing, tracedRequests } from '../support/spans.js';
import { expressStacks, startApp, uniqueName, useApp } from '../support/stacks.js';

beforeAll(startTracing);
afterAll(stopTracing);

const TURN = 'agent_sessions.turn';
const DELIVERY = 'agent_sessions.delivery';

describe.each(expressStacks)('the span of a run on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, { agent, name, turnTimeout: 500, configure: (host) => host.use(tracedRequests) });

  /** The span of the request with a session's message. */
  const requestOf = (id: string) => spansNamed(`POST /sessions/${id}/messages`)[0]?.spanContext();

  it('starts a trace and is linked to the request that started the turn', async () => {
    const id = await app.client.newSession();
    const { body } = await app.client.send(id, 'hello');
    const span = await spanOf(TURN, id);
    expect(span).toMatchObject({
      kind: SpanKind.CONSUMER,
      parentSpanContext: undefined,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'agent_sessions.module': name,
        'agent_sessions.session.id': id,
        'agent_sessions.turn.id': body.turn_id,
        'agent_sessions.turn.attempt': 1,
        'agent_sessions.outcome': 'completed',
      },
    });
    const request = requestOf(id);
    expect(span.links).toEqual([
      {
        context: {
          traceId: request?.traceId,
          spanId: request?.spanId,
          traceFlags: request?.traceFlags,
          isRemote: true,
        },
      },
    ]);
    expect(span.spanContext().traceId).not.toBe(request?.traceId);
  });

  it('is the parent of the agent’s spans', async () => {
    const content = agent.does(async () => {
      await Promise.resolve();
      return trace.getTracer('agent').startActiveSpan('chat', (span) => {
        span.end();
        return 'ok';
      });
    });
    const id = await app.client.newSession();
    await app.client.send(id, content);
    const span = await spanOf(TURN, id);
    expect(spansNamed('chat').map(({ parentSpanContext }) => parentSpanContext?.spanId)).toContain(
      span.spanContext().spanId,
    );
  });

  it('reports in one line why the turn failed, and has the agent’s error with its stack and causes', async () => {
    const id = await app.client.newSession();
    const content = agent.does(() => {
      throw new RangeError('out of paper\nin the tray', { cause: new Error('a jam') });
    });
    await app.client.send(id, content);
    const span = await spanOf(TURN, id);
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'out of paper' },
      attributes: { 'agent_sessions.outcome': 'failed', 'error.type': 'agent_error' },
      events: [
        {
          name: 'exception',
          attributes: {
            'exception.type': 'RangeError',
            'exception.message': 'out of paper\nin the tray',
            'exception.stacktrace': expect.stringMatching(
              /^RangeError: out of paper in the tray\n {4}at .*spans\.spec\.ts[^]*\n {2}Caused by: Error: a jam\n/,
            ),
          },
        },
      ],
    });
  });

  it('distinguishes a time-out and a cancelled turn from other failures', async () => {
    const [slow, cancelled] = [await app.client.newSession(), await app.client.newSession()];
    await app.client.send(slow, agent.holds().content);
    const held = agent.holds();
    await app.client.send(cancelled, held.content);
    await held.started;
    await app.client.cancel(cancelled);
    expect((await spanOf(TURN, slow)).attributes).toMatchObject({ 'error.type': 'timed_out' });
    expect(await spanOf(TURN, cancelled)).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'agent_sessions.outcome': 'lost' },
    });
  });

  it('is lost if the turn was ended elsewhere before its own end was recorded', async () => {
    const content = agent.does(async ({ turnId }) => {
      await app.dataSource.query(`UPDATE agent_turn SET status = 'cancelled' WHERE id = '${turnId}'`);
      return 'too late';
    });
    const id = await app.client.newSession();
    await app.client.send(id, content);
    expect((await spanOf(TURN, id)).attributes).toMatchObject({ 'agent_sessions.outcome': 'lost' });
  });

  it('exists once per run of a turn, each linked to the request', async () => {
    const id = await app.client.newSession();
    const tracer = trace.getTracer('job');
    const job = await tracer.startActiveSpan('job', async (span) => {
      await app.dataSource.transaction(async (manager) => {
        await app.sessions.send(id, { content: 'x' }, { manager });
        await manager.query(
          `UPDATE agent_turn SET status = 'running', attempt = 1, lease_until = 1 WHERE session_id = '${id}'`,
        );
      });
      span.end();
      return span.spanContext();
    });
    const again = await spanOf(TURN, id, 2);
    expect(again.links.map(({ context }) => context.spanId)).toEqual([job.spanId]);
  });

  it('ends when the worker stops', async () => {
    const stopping = await startApp(stack, { agent });
    const held = agent.holds();
    const id = await stopping.client.newSession();
    await stopping.client.send(id, held.content);
    await held.started;
    await stopping.close();
    expect(await spanOf(TURN, id)).toMatchObject({
      links: [],
      attributes: { 'agent_sessions.outcome': 'requeued' },
    });
  });
});

describe.each(expressStacks)('the span of a delivery attempt on $name', (stack) => {
  const app = useApp(stack, {
    agent: () => 'ok',
    webhooks: { allowPrivateAddresses: true, retryDelays: [1] },
    configure: (host) => host.use(tracedRequests),
  });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  it('reports the outcome without secrets, and propagates no trace to the receiver', async () => {
    const id = await app.client.newSession();
    const url = `${receiver.answers('/hook-s3cret', 503, 204)}?key=s3cret`;
    await app.client.send(id, { content: 'x', webhook: { url, token: 's3cret' } });
    const [failed, delivered] = [await spanOf(DELIVERY, id, 1), await spanOf(DELIVERY, id, 2)];
    expect(failed).toMatchObject({
      kind: SpanKind.CLIENT,
      parentSpanContext: undefined,
      status: { code: SpanStatusCode.ERROR, message: 'The receiver answered 503' },
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 503,
        'server.address': '127.0.0.1',
        'server.port': receiver.port,
        'error.type': '503',
      },
    });
    expect(delivered).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'http.response.status_code': 204 },
    });
    const request = spansNamed(`POST /sessions/${id}/messages`)[0]?.spanContext();
    expect(delivered.links.map(({ context }) => context.spanId)).toEqual([request?.spanId]);
    expect(
      JSON.stringify([failed, delivered].map(({ attributes, events }) => [attributes, events])),
    ).not.toContain('s3cret');
    for (const { headers, payload } of await receiver.gets('/hook-s3cret', 2)) {
      expect(headers).not.toHaveProperty('traceparent');
      expect(payload.trace_metrics.trace_id).toBe(request?.traceId);
    }
  });
});
