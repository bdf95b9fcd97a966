import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';

import type { SessionInterrupt } from '../interrupts/interrupt.js';

/** Stable, machine-readable codes of error responses (field `code`). */
export type ErrorCode =
  | 'malformed_json'
  | 'invalid_session_id'
  | 'unauthorized'
  | 'session_not_found'
  | 'turn_not_found'
  | 'interrupt_not_found'
  | 'delivery_not_found'
  | 'custom_ids_disabled'
  | 'session_exists'
  | 'session_busy'
  | 'nothing_running'
  | 'turn_mismatch'
  | 'session_not_interrupted'
  | 'idempotency_in_progress'
  | 'idempotency_key_reused'
  | 'payload_too_large'
  | 'history_too_large'
  | 'validation_failed'
  | 'session_limit_reached'
  | 'database_unavailable'
  | 'try_again';

/** Nest's error body with a stable code. */
export interface ErrorBody {
  /** The HTTP status. */
  statusCode: number;
  /** The name of the HTTP status. */
  error: string;
  /** With the code `validation_failed`, a list that names each bad field. */
  message: string | string[];
  /** The stable, machine-readable reason. */
  code: ErrorCode;
  /** With `session_busy`: the unfinished turn. */
  turn_id?: string;
  /** With `session_busy`, if that turn waits for a person: what it asks. */
  interrupts?: SessionInterrupt[];
}

/**
 * Base class of all errors of this module. It extends HttpException, so the host's exception filters handle it like
 * Nest's own exceptions; its body is an {@link ErrorBody}. Recognize an error by its `code` and not by `instanceof`:
 * one process may load the package as ES modules and as CommonJS, and then has two copies of each class.
 *
 * @example
 * ```ts
 * try {
 *   await sessions.send(sessionId, { content: 'hello' });
 * } catch (error) {
 *   const { code } = error as AgentSessionsException;
 *   if (code !== 'session_busy') throw error;
 * }
 * ```
 */
export class AgentSessionsException extends HttpException {
  /** The stable, machine-readable reason. */
  readonly code: ErrorCode;

  constructor(
    status: number,
    code: ErrorCode,
    message: string | string[],
    details: Partial<ErrorBody> = {},
    cause?: unknown,
  ) {
    const body: ErrorBody = {
      statusCode: status,
      error: STATUS_CODES[status] ?? '',
      message,
      code,
      ...details,
    };
    super(body, status, { cause });
    this.code = code;
  }
}

/** An id for use in an error message. Shortened, because it comes from the client and may have any length. */
export function shortenId(id: string): string {
  // Callers in the process may pass what is no text.
  const text = typeof (id as unknown) === 'string' ? id : typeof id;
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
