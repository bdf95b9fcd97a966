import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiHeader,
  ApiParam,
  ApiQuery,
  type ApiPropertyOptions,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';

import type { ErrorCode } from '../../exceptions/index.js';
import { ErrorDto } from './error.dto.js';

/** The session and the turn of the examples. */
export const SESSION_ID = '550e8400-e29b-41d4-a716-446655440000';
export const TURN_ID = '9f6ae1c8-7bde-4f0a-9f42-6d3f5c5f8a11';

/** The path parameter that names a session. */
export function ApiSessionId(): MethodDecorator {
  return ApiParam({
    name: 'session_id',
    description: "The session's id, a UUID",
    schema: { type: 'string', format: 'uuid' },
  });
}

/** The query parameters of a page of turns or of what belongs to turns. */
export function ApiTurnPage(): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1, default: 0 },
      description: "A turn's number: the page begins with the turn after it",
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
      description: 'How many to return at most; a page of large turns has fewer',
    }),
  );
}

/** The header of a page that another one follows. */
export function nextPage(example: string) {
  return {
    Link: { description: 'The next page; absent on the last', schema: { type: 'string' as const }, example },
  };
}

/** The header that makes a repeat of a request harmless. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** Documents the header on operations that accept something. */
export function ApiIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: IDEMPOTENCY_KEY,
    required: false,
    description:
      'Makes repeating the request harmless: a repeat with the same key and body gets the first answer and has ' +
      'no further effect. Kept as long as the session.',
    schema: { type: 'string', maxLength: 255 },
  });
}

/** What an operation with an `Idempotency-Key` may answer beside its own errors. */
export const KEY_IN_PROGRESS = {
  idempotency_in_progress: 'A request with this Idempotency-Key is still under way; try again',
} as const;
export const KEY_REUSED = {
  idempotency_key_reused: 'This Idempotency-Key was used before with another body',
} as const;

/** Error answers, each with its codes and an example. */
export function ApiErrors(
  errors: Partial<Record<number, Partial<Record<ErrorCode, string | string[]>>>>,
): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...Object.entries(errors).map(([status, codes]) =>
      ApiResponse({
        status: Number(status),
        description: Object.keys(codes ?? {})
          .map((code) => `\`${code}\``)
          .join(', '),
        type: ErrorDto,
        examples: Object.fromEntries(
          Object.entries(codes ?? {}).map(([code, message]) => [
            code,
            { summary: code, value: errorExample(Number(status), code, message) },
          ]),
        ),
      }),
    ),
  );
}

function errorExample(statusCode: number, code: string, message: string | string[]) {
  const turn = code === 'session_busy' || code === 'turn_mismatch' ? { turn_id: TURN_ID } : {};
  return { statusCode, error: STATUS_CODES[statusCode], message, code, ...turn };
}

/** The database is away or busy: every operation may answer so. */
export const UNAVAILABLE = {
  database_unavailable: 'The database is not available',
  try_again: 'The session is locked by another operation; try again',
} as const;

/** A body that cannot be read, as the standalone server answers; in a host its body parser decides. */
export const MALFORMED = { malformed_json: 'The body is not valid JSON' } as const;
export const HISTORY_TOO_LARGE = {
  history_too_large: 'The history would be larger than 67108864 bytes',
} as const;
export const TOO_LARGE = { payload_too_large: 'The body is larger than 16 MiB' } as const;

/** Where the host tells owners apart. */
export const NOBODY = { unauthorized: 'The request does not say who it is from' } as const;

export const NOT_FOUND = { session_not_found: `Session ${SESSION_ID} not found` } as const;

/** The header that says where a session is. */
export const LOCATION = {
  Location: {
    description: 'Where the session is',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: `/sessions/${SESSION_ID}`,
  },
} as const;

/**
 * A field that holds another object or null. In OpenAPI 3.0 a schema that only adds `nullable` to a reference
 * admits no null, as the reference itself does not; so null is an alternative of its own. The class that has the
 * field names the other one with `@ApiExtraModels`.
 */
export function orNull(type: Type<unknown>, description?: string): ApiPropertyOptions {
  return {
    oneOf: [{ $ref: getSchemaPath(type) }, { type: 'object', nullable: true, enum: [null] }],
    description,
  };
}
