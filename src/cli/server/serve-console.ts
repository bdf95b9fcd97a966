import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { sendConsolePage } from '../../http/console/console-page.js';

/** Serves the console at `/`. */
export function serveConsole(app: NestExpressApplication): void {
  app.getHttpAdapter().get('/', (_request: unknown, response: unknown) => {
    return sendConsolePage(response as ServerResponse, 200);
  });
}

/** Whether a browser asks for the console; other clients get errors as JSON. */
export function wantsConsole({ method, url = '', headers }: IncomingMessage): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && url.split('?', 1)[0] === '/' && (headers.accept ?? '').includes('text/html');
}
