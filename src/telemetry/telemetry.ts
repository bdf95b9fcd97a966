import { Injectable, type OnModuleInit } from '@nestjs/common';

type OpenTelemetry = typeof import('@opentelemetry/api');

/** A trace that nobody has begun. */
const NO_TRACE = /^0*$/;

/** What the host's OpenTelemetry says, where the host has it: its API is an optional peer. */
@Injectable()
export class Telemetry implements OnModuleInit {
  private api: OpenTelemetry | undefined;

  async onModuleInit(): Promise<void> {
    try {
      this.api = await import('@opentelemetry/api');
    } catch {
      // Not installed.
    }
  }

  /** The id of the trace that the caller is part of; undefined where there is none. */
  get activeTraceId(): string | undefined {
    const traceId = this.api?.trace.getActiveSpan()?.spanContext().traceId;
    return traceId === undefined || NO_TRACE.test(traceId) ? undefined : traceId;
  }
}
