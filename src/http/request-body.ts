import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';

import { ValidationFailedException } from '../exceptions/index.js';
import { breathe } from '../timing/breathe.js';

interface ParsedRequest {
  body?: unknown;
  headers: IncomingHttpHeaders;
}

/**
 * What the host's parser has made of the body; undefined where there was none, of which Express makes an empty
 * object. Throws ValidationFailedException where the parser knew nothing to make of it. A large body comes a moment
 * later, because parsing it has kept others waiting; pipes take a promise for what it resolves to.
 */
export const RequestBody = createParamDecorator((_data: unknown, context: ExecutionContext): unknown => {
  const { body, headers } = context.switchToHttp().getRequest<ParsedRequest>();
  const length = headers['content-length'];
  if (length === '0') return undefined;
  // Chunks may be none at all, and then have no type.
  const isChunked = 'transfer-encoding' in headers && headers['content-type'] !== undefined;
  if (body === undefined && (length !== undefined || isChunked)) {
    throw new ValidationFailedException(['body must be sent as application/json']);
  }
  return breathe(length === undefined && !isChunked ? 0 : Number(length ?? Infinity)).then(() => body);
});
