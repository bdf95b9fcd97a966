import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { until } from './until.js';

const exporter = new InMemorySpanExporter();

/** Sets up an OpenTelemetry SDK for this test file that keeps its spans in memory. */
export function startTracing(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
}

export function stopTracing(): void {
  context.disable();
  trace.disable();
}

/** Waits for the span with that name and session to end. */
export async function spanOf(name: string, sessionId: string, attempt = 1): Promise<ReadableSpan> {
  const isIt = ({ name: its, attributes }: ReadableSpan) =>
    its === name &&
    attributes['agent_sessions.session.id'] === sessionId &&
    (attributes['agent_sessions.turn.attempt'] ?? attributes['agent_sessions.delivery.attempt']) === attempt;
  await until(() => exporter.getFinishedSpans().some(isIt), { what: `a span ${name}` });
  const [span, ...others] = exporter.getFinishedSpans().filter(isIt);
  if (!span || others.length > 0) throw new Error(`There are ${others.length + 1} spans ${name}`);
  return span;
}

/** All ended spans with this name. */
export function spansNamed(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

/** Simulates an instrumentation of the host's HTTP server: a span for each request, named by its method and path. */
export function tracedRequests(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const [path] = (request.url ?? '').split('?', 1);
  const span = trace.getTracer('http').startSpan(`${request.method ?? ''} ${path ?? ''}`);
  response.on('finish', () => {
    span.end();
  });
  context.with(trace.setSpan(context.active(), span), next);
}
