import type { NestExpressApplication } from '@nestjs/platform-express';

/** Headers of answers that browsers show to scripts of other origins only where they are named. */
const EXPOSED_HEADERS = ['Location', 'Link', 'Retry-After', 'Last-Event-ID'];

/** How long browsers may remember that they may ask, in seconds. */
const MAX_AGE_S = 600;

/**
 * Lets browsers of other origins use the API, with any header: nothing is authorized by cookies, so that a page can
 * do no more than what it has the key for.
 */
export function useCors(app: NestExpressApplication, origins: string[]): void {
  app.enableCors({
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_S,
  });
}
