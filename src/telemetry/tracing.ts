import { Injectable, type OnModuleInit } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { reportError } from '../logging/error-report.js';
import { toLogText } from '../logging/log-text.js';
import { printError } from '../logging/printed-error.js';
import { INSTRUMENTATION_SCOPE, loadOpenTelemetry, type OpenTelemetry } from './opentelemetry.js';
import { parseTraceparent, toTraceparent } from './traceparent.js';

/** A span's attributes; undefined values are omitted. */
export type SpanAttributes = Record<string, string | number | undefined>;

/** The name, kind and link of a span. */
export interface SpanDescription {
  /** `consumer` for work that was requested earlier, `client` for an outgoing request. */
  kind: 'consumer' | 'client';
  attributes: SpanAttributes;
  /** The W3C `traceparent` of the span that caused this one, for a link. */
  cause?: string;
  /** Suppresses tracing of instrumented calls within the span and propagation of the trace. Default: false. */
  sealed?: boolean;
}

/** The part of a span that its work may set. */
export interface SpanNotes {
  set(attributes: SpanAttributes): void;
  /** Marks the span as failed. `type` must have low cardinality; `message` is one line; `thrown` is recorded. */
  fail(type: string, message: string, thrown?: unknown): void;
}

const UNTRACED: SpanNotes = { set: () => undefined, fail: () => undefined };

/** Context key by which OpenTelemetry's SDKs and instrumentations recognize suppressed tracing. */
const SUPPRESS_TRACING = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING';

/** Spans of the host's OpenTelemetry, if installed. */
@Injectable()
export class Tracing implements OnModuleInit {
  private readonly logger = new ContainedLogger(Tracing.name);
  private api: OpenTelemetry | undefined;

  async onModuleInit(): Promise<void> {
    this.api = await loadOpenTelemetry();
  }

  /** The W3C `traceparent` of the active span; undefined without one. */
  get activeTraceparent(): string | undefined {
    return this.contained(() => {
      const span = this.api?.trace.getActiveSpan();
      return span && toTraceparent(span.spanContext());
    });
  }

  /**
   * Runs the work in its own span, the root of a new trace. The span of its cause may have ended long ago and is
   * linked instead. Errors of the host's OpenTelemetry change neither the work nor its result.
   */
  async inSpan<T>(
    name: string,
    { kind, attributes, cause, sealed }: SpanDescription,
    work: (span: SpanNotes) => Promise<T>,
  ): Promise<T> {
    const { api } = this;
    if (!api) return work(UNTRACED);
    const { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, trace } = api;
    const linked = cause === undefined ? undefined : parseTraceparent(cause);
    const span = this.contained(() =>
      trace.getTracer(INSTRUMENTATION_SCOPE).startSpan(
        name,
        {
          kind: kind === 'consumer' ? SpanKind.CONSUMER : SpanKind.CLIENT,
          attributes,
          links: linked ? [{ context: { ...linked, isRemote: true } }] : [],
        },
        ROOT_CONTEXT,
      ),
    );
    if (!span) return work(UNTRACED);
    const notes: SpanNotes = {
      set: (more) => this.contained(() => span.setAttributes(more)),
      fail: (type, message, thrown) => {
        this.contained(() => {
          span.setAttribute('error.type', type);
          span.recordException(thrown === undefined ? { name: type, message } : exceptionOf(thrown));
          span.setStatus({ code: SpanStatusCode.ERROR, message });
        });
      },
    };
    const within = sealed
      ? ROOT_CONTEXT.setValue(api.createContextKey(SUPPRESS_TRACING), true)
      : trace.setSpan(ROOT_CONTEXT, span);
    try {
      return await context.with(within, work, undefined, notes);
    } finally {
      this.contained(() => {
        span.end();
      });
    }
  }

  private contained<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.logger.debug(`OpenTelemetry failed: ${toLogText(error)}`);
      return undefined;
    }
  }
}

/** An error in the form for a span: of limited size, and with its causes below its stack. */
function exceptionOf(thrown: unknown): { name: string; message: string; stack: string; code?: string } {
  const report = reportError(thrown);
  const { line, stack } = printError(report);
  const { name, message, code } = report;
  return {
    name,
    message,
    stack: stack === undefined ? line : `${line}\n${stack}`,
    ...(code !== undefined && { code }),
  };
}
