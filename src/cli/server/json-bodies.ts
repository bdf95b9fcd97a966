import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type AgentSessionsException,
  MalformedJsonException,
  PayloadTooLargeException,
  ServerBusyException,
  ValidationFailedException,
} from '../../exceptions/index.js';
import { BodyBudget } from './body-budget.js';
import { widthOf } from './body-width.js';
import { sendException } from './send-exception.js';

const BYTES_PER_MIB = 2 ** 20;

/** Maximum size of a body, uncompressed. */
const BODY_LIMIT_MIB = 16;

/** Maximum size of all bodies that are held at a time. */
const BODIES_LIMIT_MIB = 128;

/** The problem of a body in an encoding that JSON does not have. */
const NOT_UTF_8 = 'body must be encoded as UTF-8';

type Request = IncomingMessage & { body?: unknown };
type Next = (error?: unknown) => void;

/** Parses JSON bodies, and answers invalid ones in the API's error format. */
export function useJsonBodies(app: NestExpressApplication): void {
  const budget = new BodyBudget(BODY_LIMIT_MIB * BYTES_PER_MIB, BODIES_LIMIT_MIB * BYTES_PER_MIB);
  const lengths = new WeakMap<IncomingMessage, number>();
  const refusals = new WeakMap<IncomingMessage, AgentSessionsException>();
  const refusalOf = (request: IncomingMessage, body: Buffer, charset: string) => {
    const width = widthOf(body, charset);
    if (!width) return new ValidationFailedException([NOT_UTF_8]);
    if (width.problem !== undefined) return new ValidationFailedException([`body ${width.problem}`]);
    return budget.settle(request, body.length, width.values) ? undefined : new ServerBusyException();
  };
  const beforeParsing = (
    request: IncomingMessage,
    _response: ServerResponse,
    body: Buffer,
    charset: string,
  ) => {
    lengths.set(request, body.length);
    const refusal = refusalOf(request, body, charset);
    if (!refusal) return;
    refusals.set(request, refusal);
    // Not the refusal itself, because the parser changes the status of errors.
    throw new Error('The body is refused', { cause: refusal });
  };
  app.use((request: Request, response: ServerResponse, next: Next) => {
    if (budget.admit(request, response)) next();
  });
  const limit = `${BODY_LIMIT_MIB}mb`;
  // Nest's types do not include `verify`; Express supports it.
  const json = { limit, strict: false, verify: beforeParsing };
  app.useBodyParser('json', json);
  // Any other content type is an error, unless the body is empty, which only reading it shows.
  app.useBodyParser('raw', { limit, type: (request: IncomingMessage) => !lengths.has(request) });
  app.use((request: Request, response: ServerResponse, next: Next) => {
    if (Buffer.isBuffer(request.body) && request.body.length > 0 && !isRead(request)) {
      sendException(response, new ValidationFailedException(['body must be sent as application/json']));
      return;
    }
    // Both parsers turn an empty body into a value, which would then count as a message.
    if (Buffer.isBuffer(request.body) || lengths.get(request) === 0) request.body = undefined;
    next();
  });
  app.use((error: unknown, request: Request, response: ServerResponse, _next: Next) => {
    if (response.headersSent) return;
    sendException(response, refusals.get(request) ?? bodyException(error));
  });
}

/** Whether the request's body is ignored. */
function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE';
}

function bodyException(error: unknown): AgentSessionsException {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new PayloadTooLargeException(`${BODY_LIMIT_MIB} MiB`);
    case 'charset.unsupported':
      return new ValidationFailedException([NOT_UTF_8]);
    case 'encoding.unsupported':
      return new ValidationFailedException([
        'body must be compressed with gzip, deflate or br, or not at all',
      ]);
    default:
      return new MalformedJsonException();
  }
}
