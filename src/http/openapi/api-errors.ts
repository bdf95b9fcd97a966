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
import { SESSION_ID } from './example-ids.js';

/** Documents the errors that an operation answers with: each is its own example. */
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

/** 422 with an example of what is wrong. */
export function invalid(problem: string): ValidationFailedException {
  return new ValidationFailedException([problem]);
}

export const LIMIT_INVALID = invalid('limit must not be greater than 1000');

/** The database is away or busy: every operation may answer so. */
export const UNAVAILABLE = [new DatabaseUnavailableException(undefined), new TryAgainException()];

/** What an operation with an `Idempotency-Key` may answer beside its own errors. */
export const KEY_IN_PROGRESS = new IdempotencyInProgressException();
export const KEY_REUSED = new IdempotencyKeyReusedException();

/** A body that cannot be read, as the standalone server answers; in a host its body parser decides. */
export const MALFORMED = new MalformedJsonException();
export const TOO_LARGE = new PayloadTooLargeException('16 MiB');

export const HISTORY_TOO_LARGE = new HistoryTooLargeException(64 * 1024 * 1024);

export const NOT_FOUND = new SessionNotFoundException(SESSION_ID);
