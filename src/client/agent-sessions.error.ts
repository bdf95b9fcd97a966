/**
 * An answer of the server that is no success, or no answer at all: then `status` is 0 and `code` is
 * `connection_failed`. Compare its `code`, not its class, because a process may load the package as ES modules and as
 * CommonJS.
 *
 * @example
 * ```ts
 * try {
 *   await client.send(sessionId, 'hello');
 * } catch (error) {
 *   const { code } = error as AgentSessionsError;
 *   if (code !== 'session_busy') throw error;
 * }
 * ```
 */
export class AgentSessionsError extends Error {
  /** Also where the class exists twice. */
  override readonly name = 'AgentSessionsError';

  constructor(
    message: string,
    /** The HTTP status; 0 without an answer. */
    readonly status: number,
    /**
     * The stable, machine-readable reason, such as `session_not_found`. The client's own are `connection_failed`,
     * `unexpected_response` (of a server that is another one) and `unknown` (an error without a code, as of a proxy).
     */
    readonly code: string,
    /** The answer's body: what its JSON holds, else its text. */
    readonly body: unknown,
    /** How long the server asks to wait (`Retry-After`), in ms. */
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How much of a text that is no JSON is shown. */
const MAX_TEXT = 200;

/** The error of an answer that is no success. */
export async function errorOf(response: Response): Promise<AgentSessionsError> {
  const text = await response.text();
  const body = jsonOf(text);
  const { message, detail, code } = Object(body) as Record<string, unknown>;
  return new AgentSessionsError(
    // `detail` is where servers in Python say it.
    sentence(message ?? detail) ?? `The server answered ${response.status}${shorten(text)}`,
    response.status,
    typeof code === 'string' ? code : 'unknown',
    body,
    // NaN for a date, which no server of this API sends.
    Number(response.headers.get('retry-after') ?? NaN) * 1000 || undefined,
  );
}

/** The error of a success with a body that the API does not have. */
export function unexpected(response: Response, body: unknown, expected: string): AgentSessionsError {
  const type = response.headers.get('content-type') ?? 'no content type';
  const message = `The server answered ${type} instead of ${expected}: is this the address of agent sessions?`;
  return new AgentSessionsError(message, response.status, 'unexpected_response', body);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sentence(message: unknown): string | undefined {
  if (typeof message === 'string' && message !== '') return message;
  if (!Array.isArray(message) || message.length === 0) return undefined;
  return message.map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one))).join('; ');
}

function shorten(text: string): string {
  const line = text.trim();
  if (line === '' || line.startsWith('<')) return '';
  return `: ${line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line}`;
}
