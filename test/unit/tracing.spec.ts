import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { parseTraceparent, toTraceparent } from '../../src/telemetry/traceparent.js';
import { Tracing } from '../../src/telemetry/tracing.js';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumented = () => {
  trace.getTracer('instrumentation').startSpan('GET').end();
};

describe('a span', () => {
  const tracing = new Tracing();
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    await tracing.onModuleInit();
  });
  beforeEach(() => {
    exporter.reset();
  });
  afterAll(() => {
    context.disable();
    trace.disable();
  });

  it('is the parent of spans within it', async () => {
    await tracing.inSpan('work', { kind: 'consumer', attributes: {} }, async () => {
      await Promise.resolve();
      instrumented();
    });
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('that is sealed propagates no trace', async () => {
    const outside = trace.wrapSpanContext({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: TraceFlags.SAMPLED,
    });
    await context.with(trace.setSpan(ROOT_CONTEXT, outside), () =>
      tracing.inSpan('work', { kind: 'client', attributes: {}, sealed: true }, async () => {
        await Promise.resolve();
        expect(trace.getActiveSpan()).toBeUndefined();
        instrumented();
      }),
    );
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['work']);
  });

  it('ends when its work throws', async () => {
    const failing = tracing.inSpan('work', { kind: 'client', attributes: {} }, () =>
      Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });
});

describe('a traceparent', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';

  it('is written and parsed in the W3C format', () => {
    const traceparent = toTraceparent({ traceId, spanId, traceFlags: 1 });
    expect(traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(parseTraceparent(traceparent ?? '')).toEqual({ traceId, spanId, traceFlags: 1 });
  });

  it.each([
    { traceId: '0'.repeat(32), spanId },
    { traceId, spanId: '0'.repeat(16) },
    { traceId: 'nonsense', spanId },
  ])('is undefined for an invalid span: $traceId-$spanId', (identity) => {
    expect(toTraceparent({ ...identity, traceFlags: 0 })).toBeUndefined();
    expect(parseTraceparent(`00-${identity.traceId}-${identity.spanId}-00`)).toBeUndefined();
  });
});

describe('an OpenTelemetry of the host that throws', () => {
  afterAll(() => {
    trace.disable();
  });

  it.each(['onStart', 'onEnd'] as const)('in %s does not affect the work', async (when) => {
    trace.disable();
    const fail = () => {
      throw new Error('no');
    };
    const processor = {
      onStart: () => undefined,
      onEnd: () => undefined,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      [when]: fail,
    };
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
    const tracing = new Tracing();
    await tracing.onModuleInit();
    let calls = 0;
    const work = () => Promise.resolve(++calls);
    expect(await tracing.inSpan('work', { kind: 'consumer', attributes: {} }, work)).toBe(1);
    expect(calls).toBe(1);
  });
});
