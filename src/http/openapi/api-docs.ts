import { applyDecorators, type Type } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiQuery, type ApiPropertyOptions, getSchemaPath } from '@nestjs/swagger';

import { SESSION_ID } from './example-values.js';

/** The path parameter with the session's id. */
export function ApiSessionId(): MethodDecorator {
  return ApiParam({
    name: 'session_id',
    description: "The session's id, a UUID",
    schema: { type: 'string', format: 'uuid' },
  });
}

/** The query parameters of a read that can wait. */
export function ApiWait(): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'wait',
      required: false,
      schema: { type: 'string', enum: ['true', 'false', '1', '0'], default: 'false' },
      description: 'Whether to wait while the turn runs',
      example: 'true',
    }),
    ApiQuery({
      name: 'timeout',
      required: false,
      schema: { type: 'number', minimum: 0 },
      description: 'How many seconds to wait at most; by default without limit',
    }),
  );
}

/** The query parameters of a page of turns or deliveries. */
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

/** The `Link` header of a page with a next page. */
export function nextPage(example: string) {
  return {
    Link: { description: 'The next page; absent on the last', schema: { type: 'string' as const }, example },
  };
}

/** The header that makes a request idempotent. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** Documents the header on operations that accept it. */
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

/** The header with the session's URL. */
export const LOCATION = {
  Location: {
    description: 'Where the session is',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: `/sessions/${SESSION_ID}`,
  },
} as const;

/**
 * A field that contains another object or null. OpenAPI 3.0 ignores `nullable` beside `$ref`, so null is a second
 * `oneOf` branch. The class with the field names the other class with `@ApiExtraModels`.
 */
export function orNull(type: Type<unknown>, description?: string): ApiPropertyOptions {
  return {
    oneOf: [{ $ref: getSchemaPath(type) }, { type: 'object', nullable: true, enum: [null] }],
    description,
  };
}
