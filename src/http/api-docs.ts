import { applyDecorators } from '@nestjs/common';
import { ApiParam, ApiResponse } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';

import type { ErrorCode } from '../exceptions/index.js';
import { ErrorDto } from './error.dto.js';

const SESSION_ID = '550e8400-e29b-41d4-a716-446655440000';

/** The path parameter that names a session. */
export function ApiSessionId(): MethodDecorator {
  return ApiParam({
    name: 'session_id',
    description: "The session's id, a UUID",
    schema: { type: 'string', format: 'uuid' },
    example: SESSION_ID,
  });
}

/** Error answers, each with its codes and an example. */
export function ApiErrors(
  errors: Partial<Record<number, Partial<Record<ErrorCode, string | string[]>>>>,
): MethodDecorator {
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
  const turn = code === 'session_busy' ? { turn_id: '9f6ae1c8-7bde-4f0a-9f42-6d3f5c5f8a11' } : {};
  return { statusCode, error: STATUS_CODES[statusCode], message, code, ...turn };
}

/** The database is away or busy: every operation may answer so. */
export const UNAVAILABLE = {
  database_unavailable: 'The database is not available',
  try_again: 'The session is locked by another operation; try again',
} as const;

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
