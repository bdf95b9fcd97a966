import type { NestExpressApplication } from '@nestjs/platform-express';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { UnauthorizedRequestException } from '../../exceptions/index.js';
import { sendConsolePage } from '../../http/console/console-page.js';
import { isOpenPath } from './open-paths.js';
import { wantsConsole } from './serve-console.js';
import { sendException } from './send-exception.js';

/** Requires a bearer token on all routes except those that reveal nothing. The console asks for it. */
export function useApiKey(
  app: NestExpressApplication,
  key: string,
  { hasConsole }: { hasConsole: boolean },
): void {
  const expected = digest(`Bearer ${key}`);
  app.use((request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => {
    const given = request.headers.authorization ?? '';
    // Digests have equal length, so the comparison takes constant time.
    const isRight = timingSafeEqual(digest(given.replace(/^bearer +/i, 'Bearer ')), expected);
    if (isRight || isOpenPath(request.url?.split('?', 1)[0] ?? '')) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', 'Bearer');
    if (hasConsole && wantsConsole(request)) {
      sendConsolePage(response, 401).catch(next);
      return;
    }
    sendException(response, new UnauthorizedRequestException());
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
