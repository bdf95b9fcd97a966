import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';

import { ValidationFailedException } from '../exceptions/index.js';
import { breathe } from '../timing/breathe.js';

interface ParsedRequest {
  body?: unknown;
  headers: IncomingHttpHeaders;
}

/**
 * The body as parsed by the host; undefined without a body, for which Express creates an empty object. Throws
 * ValidationFailedException if the parser could not interpret it. A large body is returned after the event loop has
 * run other work, because parsing has blocked it; pipes await the promise.
 */
export const RequestBody = createParamDecorator((_data: unknown, context: ExecutionContext): unknown => {
  const { body, headers } = context.switchToHttp().getRequest<ParsedRequest>();
  const length = headers['content-length'];
  if (length === '0') return undefined;
  // A chunked body may be empty, and then has no content type.
  const isChunked = 'transfer-encoding' in headers && headers['content-type'] !== undefined;
  if (body === undefined && (length !== undefined || isChunked)) {
    throw new ValidationFailedException(['body must be sent as application/json']);
  }
  return breathe(length === undefined && !isChunked ? 0 : Number(length ?? Infinity)).then(() => body);
});
