import type { NestExpressApplication } from '@nestjs/platform-express';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import {
  type AgentSessionsException,
  MalformedJsonException,
  PayloadTooLargeException,
  UnauthorizedRequestException,
} from '../exceptions/index.js';

/** The largest body that the server takes. */
const BODY_LIMIT = '16 MiB';

/** What may be read without a key. */
const OPEN_PATHS = /^\/(health|docs|docs-json|docs\/.*)$/;

/** Reads JSON bodies, and answers those that cannot be read in the API's own shape. */
export function useJsonBodies(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: BODY_LIMIT.replace(' MiB', 'mb'), strict: false });
  app.use(
    (
      error: unknown,
      _request: IncomingMessage,
      response: ServerResponse,
      next: (error?: unknown) => void,
    ) => {
      const exception = bodyException(error);
      if (exception) answer(response, exception);
      else next(error);
    },
  );
}

/** Wants a bearer token on every route but those that tell nothing. */
export function useApiKey(app: NestExpressApplication, key: string): void {
  const expected = digest(`Bearer ${key}`);
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const given = request.headers.authorization ?? '';
    // Digests are of one length, so that the comparison takes one time.
    const isRight = timingSafeEqual(digest(given.replace(/^bearer /i, 'Bearer ')), expected);
    if (isRight || OPEN_PATHS.test(request.url?.split('?', 1)[0] ?? '')) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', 'Bearer');
    answer(response, new UnauthorizedRequestException());
  });
}

function bodyException(error: unknown): AgentSessionsException | undefined {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.parse.failed') return new MalformedJsonException();
  if (type === 'entity.too.large') return new PayloadTooLargeException(BODY_LIMIT);
  return undefined;
}

function answer(response: ServerResponse, exception: AgentSessionsException): void {
  response.writeHead(exception.getStatus(), { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(exception.getResponse()));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
