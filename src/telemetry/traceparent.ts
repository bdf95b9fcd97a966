/** The globally unique identity of a span. */
interface SpanIdentity {
  traceId: string;
  spanId: string;
  traceFlags: number;
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** A span's identity in the format of the W3C header `traceparent`; undefined for the identity of no recorded span. */
export function toTraceparent({ traceId, spanId, traceFlags }: SpanIdentity): string | undefined {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return parseTraceparent(traceparent) && traceparent;
}

/** Parses a `traceparent`; undefined if it is invalid. */
export function parseTraceparent(traceparent: string): SpanIdentity | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}
