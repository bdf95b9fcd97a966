import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage } from 'node:http';

import { canDecode } from './percent-encoding.js';

/**
 * Takes a path that cannot be decoded, like `/sessions/%ZZ`, as it is written, so that it is an id that names no
 * session. The router alone would answer 400, in a shape of its own.
 */
export function useDecodablePaths(app: NestExpressApplication): void {
  app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
    const [path = '', ...query] = (request.url ?? '').split('?');
    if (!canDecode(path)) request.url = [path.replaceAll('%', '%25'), ...query].join('?');
    next();
  });
}
