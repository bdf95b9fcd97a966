export type OpenTelemetry = typeof import('@opentelemetry/api');

/** The instrumentation scope of this package's metrics and spans. */
export const INSTRUMENTATION_SCOPE = 'nestjs-agent-sessions';

/** OpenTelemetry's API, an optional peer dependency; undefined if it is not installed. */
export async function loadOpenTelemetry(): Promise<OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch {
    return undefined;
  }
}
