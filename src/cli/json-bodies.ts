import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type AgentSessionsException,
  MalformedJsonException,
  PayloadTooLargeException,
  ValidationFailedException,
} from '../exceptions/index.js';
import { sendException } from './send-exception.js';

/** The largest body that the server takes, uncompressed. */
const BODY_LIMIT = '16 MiB';

type Request = IncomingMessage & { body?: unknown };
type Next = (error?: unknown) => void;

/** Reads JSON bodies, and answers those that cannot be read in the API's own shape. */
export function useJsonBodies(app: NestExpressApplication): void {
  const limit = BODY_LIMIT.replace(' MiB', 'mb');
  const lengths = new WeakMap<IncomingMessage, number>();
  const rememberLength = (request: IncomingMessage, _response: ServerResponse, body: Buffer) => {
    lengths.set(request, body.length);
  };
  // Nest's types do not know `verify`; Express does.
  const json = { limit, strict: false, verify: rememberLength };
  app.useBodyParser('json', json);
  // What is left is no JSON, unless it is empty: only reading it tells.
  app.useBodyParser('raw', { limit, type: (request: IncomingMessage) => !lengths.has(request) });
  app.use((request: Request, response: ServerResponse, next: Next) => {
    if (Buffer.isBuffer(request.body) && request.body.length > 0 && !isRead(request)) {
      sendException(response, new ValidationFailedException(['body must be sent as application/json']));
      return;
    }
    // Both parsers make something of nothing, which would then be a message.
    if (Buffer.isBuffer(request.body) || lengths.get(request) === 0) request.body = undefined;
    next();
  });
  app.use((error: unknown, _request: Request, response: ServerResponse, _next: Next) => {
    sendException(response, bodyException(error));
  });
}

/** Whether it is a request whose body means nothing. */
function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE';
}

function bodyException(error: unknown): AgentSessionsException {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new PayloadTooLargeException(BODY_LIMIT);
    case 'charset.unsupported':
      return new ValidationFailedException(['body must be encoded as UTF-8']);
    case 'encoding.unsupported':
      return new ValidationFailedException([
        'body must be compressed with gzip, deflate or br, or not at all',
      ]);
    default:
      return new MalformedJsonException();
  }
}
