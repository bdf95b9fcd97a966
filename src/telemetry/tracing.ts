import { Injectable, type OnModuleInit } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { INSTRUMENTATION_SCOPE, loadOpenTelemetry, type OpenTelemetry } from './opentelemetry.js';
import { parseTraceparent, toTraceparent } from './traceparent.js';

/** What a span is known by; what is undefined is left out. */
export type SpanAttributes = Record<string, string | number | undefined>;

/** A span to be. */
export interface SpanDescription {
  /** `consumer` for work that somebody asked for earlier, `client` for a request to somebody else. */
  kind: 'consumer' | 'client';
  attributes: SpanAttributes;
  /** The W3C `traceparent` of the span that led to this one, for a link. */
  cause?: string;
  /** Whether instrumented calls within it stay untraced and pass no trace on to others. Default: false. */
  sealed?: boolean;
}

/** What the work in a span may say of itself. */
export interface SpanNotes {
  set(attributes: SpanAttributes): void;
  /** Marks the span as failed. `type` is one of few, `message` one line. */
  fail(type: string, message: string): void;
}

const UNTRACED: SpanNotes = { set: () => undefined, fail: () => undefined };

/** The key by which OpenTelemetry's SDKs, and what instruments with them, know that they are to be silent. */
const SUPPRESS_TRACING = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING';

/** Spans of the host's OpenTelemetry, where the host has it. */
@Injectable()
export class Tracing implements OnModuleInit {
  private readonly logger = new ContainedLogger(Tracing.name);
  private api: OpenTelemetry | undefined;

  async onModuleInit(): Promise<void> {
    this.api = await loadOpenTelemetry();
  }

  /** The W3C `traceparent` of the span that the caller is in; undefined where there is none. */
  get activeTraceparent(): string | undefined {
    return this.contained(() => {
      const span = this.api?.trace.getActiveSpan();
      return span && toTraceparent(span.spanContext());
    });
  }

  /**
   * Does the work in a span of its own, the first of a trace: what it is done for may have ended long ago, and is
   * linked instead. The host's OpenTelemetry may fail, which changes neither the work nor what comes of it.
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
      fail: (type, message) => {
        this.contained(() => {
          span.setAttribute('error.type', type);
          span.recordException({ name: type, message });
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
