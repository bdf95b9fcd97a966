export type OpenTelemetry = typeof import('@opentelemetry/api');

/** The name under which this package measures and traces. */
export const INSTRUMENTATION_SCOPE = 'nestjs-agent-sessions';

/** OpenTelemetry's API, an optional peer; undefined where it is not installed. */
export async function loadOpenTelemetry(): Promise<OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch {
    return undefined;
  }
}
