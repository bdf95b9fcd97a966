import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

import {
  type AgentSessionsException,
  DatabaseUnavailableException,
  HistoryTooLargeException,
  IdempotencyInProgressException,
  IdempotencyKeyReusedException,
  MalformedJsonException,
  PayloadTooLargeException,
  SessionNotFoundException,
  TryAgainException,
  ValidationFailedException,
} from '../../exceptions/index.js';
import { ErrorDto } from './error.dto.js';
import { SESSION_ID } from './example-values.js';

/** Documents the error responses of an operation; each exception is its own example. */
export function ApiErrors(...errors: AgentSessionsException[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(errors.map((error) => error.getStatus()))];
  return applyDecorators(
    ...statuses.map((status) => {
      const ofStatus = errors.filter((error) => error.getStatus() === status);
      return ApiResponse({
        status,
        description: ofStatus.map(({ code }) => `\`${code}\``).join(', '),
        type: ErrorDto,
        examples: Object.fromEntries(
          ofStatus.map((error) => [error.code, { summary: error.code, value: error.getResponse() }]),
        ),
      });
    }),
  );
}

/** 422 with an example problem. */
export function invalid(problem: string): ValidationFailedException {
  return new ValidationFailedException([problem]);
}

export const LIMIT_INVALID = invalid('limit must not be greater than 1000');

/** Every operation may answer this: the database does not respond or a row is locked. */
export const UNAVAILABLE = [new DatabaseUnavailableException(undefined), new TryAgainException()];

/** An additional error of operations with an `Idempotency-Key`. */
export const KEY_IN_PROGRESS = new IdempotencyInProgressException();
export const KEY_REUSED = new IdempotencyKeyReusedException();

/** The standalone server's answer to an invalid body; in a host its body parser answers. */
export const MALFORMED = new MalformedJsonException();
export const TOO_LARGE = new PayloadTooLargeException('16 MiB');

export const HISTORY_TOO_LARGE = new HistoryTooLargeException(64 * 1024 * 1024);

export const NOT_FOUND = new SessionNotFoundException(SESSION_ID);
