import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage } from 'node:http';

import { canDecode } from './percent-encoding.js';

/**
 * Takes a path that cannot be decoded, such as `/sessions/%ZZ`, literally, so that it is an id of no session.
 * Otherwise the router would answer 400 in its own format.
 */
export function useDecodablePaths(app: NestExpressApplication): void {
  app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
    // Most paths have no percent sign.
    if (request.url?.includes('%')) request.url = decodable(request.url);
    next();
  });
}

function decodable(url: string): string {
  const [path = '', ...query] = url.split('?');
  return canDecode(path) ? url : [path.replaceAll('%', '%25'), ...query].join('?');
}
