import type { NestExpressApplication } from '@nestjs/platform-express';

/** Response headers that browsers hide from scripts of other origins unless they are listed. */
const EXPOSED_HEADERS = ['Location', 'Link', 'Retry-After', 'Last-Event-ID'];

/** Pages of development servers on this machine, with any port. */
const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** How long browsers may cache the preflight response. */
const MAX_AGE_S = 600;

/**
 * Allows browsers of other origins to use the API, with any header. Nothing is authorized by cookies, so a page has
 * only the rights of the key that it sends.
 */
export function useCors(app: NestExpressApplication, origins: string[], allowsLoopback = false): void {
  app.enableCors({
    origin: origins.includes('*') ? '*' : [...origins, ...(allowsLoopback ? [LOOPBACK] : [])],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_S,
  });
}
