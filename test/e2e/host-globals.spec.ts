import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  ClassSerializerInterceptor,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  HttpStatus,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  RequestTimeoutException,
  ImATeapotException,
  ValidationPipe,
  type ValidationPipeOptions,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, HttpAdapterHost, Reflector } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { map, type Observable, tap, timeout } from 'rxjs';

import { Metrics, useMetrics } from '../support/metrics.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, uniqueName, useApp } from '../support/stacks.js';
import { walkIntoErrors, walkThrough } from '../support/walk-through.js';

const PIPES: [string, ValidationPipeOptions][] = [
  ['no options', {}],
  ['whitelist', { whitelist: true, forbidNonWhitelisted: true }],
  ['unknown values forbidden', { forbidUnknownValues: true, whitelist: true, forbidNonWhitelisted: true }],
  ['implicit conversion', { transform: true, transformOptions: { enableImplicitConversion: true } }],
  [
    'all that is strict',
    {
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      stopAtFirstError: true,
      validateCustomDecorators: true,
      skipMissingProperties: false,
      transformOptions: { enableImplicitConversion: true, excludeExtraneousValues: true },
    },
  ],
  ['another status', { errorHttpStatusCode: HttpStatus.I_AM_A_TEAPOT, disableErrorMessages: true }],
  ['errors of its own', { exceptionFactory: () => new ImATeapotException(), forbidUnknownValues: true }],
];

/** Trims strings, also within objects, as some hosts do. */
class TrimmingPipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    if (typeof value === 'string') return value.trim();
    if (type !== 'body' || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        typeof item === 'string' ? item.trim() : (item as unknown),
      ]),
    );
  }
}

class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-key'] === 'right';
  }
}

/** All errors in the host's own format. */
@Catch()
class EveryErrorFilter implements ExceptionFilter {
  constructor(private readonly adapter: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    const problem = exception instanceof HttpException ? exception.getResponse() : 'unknown';
    const { httpAdapter } = this.adapter;
    httpAdapter.reply(host.switchToHttp().getResponse(), { ok: false, problem }, status);
  }
}

class WrappingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ ok: true, data })));
  }
}

class ImpatientInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      timeout({
        each: 300,
        with: () => {
          throw new RequestTimeoutException();
        },
      }),
    );
  }
}

const seen: string[] = [];

class LoggingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(tap(() => seen.push(`${context.getClass().name}.${context.getHandler().name}`)));
  }
}

@Module({})
class MiddlewareModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(
        (_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
          response.setHeader('x-middleware', 'seen');
          next();
        },
      )
      .forRoutes('{*path}');
  }
}

/** A host's global components are independent of the database. */
const metrics = new Metrics();
useMetrics(metrics);

describe.each(sqliteStacks)('the module on $name in a host', (stack) => {
  const useHost = (
    providers: Provider[],
    configure: (app: INestApplication) => void = () => undefined,
    headers?: Record<string, string>,
  ) =>
    useApp(stack, {
      agent: new ScriptedAgent(),
      allowCustomIds: true,
      host: { providers, imports: [MiddlewareModule] },
      configure,
      headers,
    });

  describe.each(PIPES)('with a global ValidationPipe: %s', (_options, options) => {
    const ways: [string, () => ReturnType<typeof useHost>][] = [
      ['useGlobalPipes', () => useHost([], (app) => app.useGlobalPipes(new ValidationPipe(options)))],
      ['APP_PIPE', () => useHost([{ provide: APP_PIPE, useValue: new ValidationPipe(options) }])],
    ];
    describe.each(ways)('by %s', (_way, use) => {
      const app = use();

      it('works completely, and errors keep their format', async () => {
        await walkThrough(app.client, '');
        await walkIntoErrors(app.client);
      });
    });
  });

  describe('with a global pipe that trims texts', () => {
    const app = useHost([{ provide: APP_PIPE, useClass: TrimmingPipe }]);

    it('works completely, and messages are stored as sent', async () => {
      await walkThrough(app.client, '');
      await walkIntoErrors(app.client);
      const id = await app.client.newSession();
      expect((await app.client.ask(id, '  hello ')).response?.content).toBe('You said:   hello ');
    });
  });

  describe('with a global guard', () => {
    const app = useHost([{ provide: APP_GUARD, useClass: KeyGuard }], undefined, { 'x-key': 'right' });

    it('serves authorized requests, and refuses all others', async () => {
      await walkThrough(app.client, '');
      expect((await fetch(`${app.url}/sessions`)).status).toBe(403);
      expect((await fetch(`${app.url}/sessions`, { method: 'POST' })).status).toBe(403);
    });
  });

  describe('with a filter of all errors', () => {
    const app = useHost([{ provide: APP_FILTER, useClass: EveryErrorFilter }]);

    it('works completely, and errors reach the filter with their code', async () => {
      await walkThrough(app.client, '');
      const problem = async (answer: Promise<{ status: number; body: unknown }>) => {
        const { status, body } = await answer;
        return [status, (body as { problem: { code?: string } }).problem.code];
      };
      const { client } = app;
      expect(await problem(client.get(randomUUID()))).toEqual([404, 'session_not_found']);
      expect(await problem(client.get('x', '?wait=5'))).toEqual([422, 'validation_failed']);
      expect(await problem(client.put('x'))).toEqual([400, 'invalid_session_id']);
      const path = `/sessions/${await client.newSession()}/messages`;
      expect(await problem(client.request('POST', path))).toEqual([422, 'validation_failed']);
      const text = '{"__proto__":1}';
      expect(await problem(client.request('POST', path, { text }))).toEqual([422, 'validation_failed']);
    });
  });

  describe('with an interceptor that wraps every answer', () => {
    const app = useHost([{ provide: APP_INTERCEPTOR, useClass: WrappingInterceptor }]);

    it('answers are wrapped, Location is set, errors are unchanged', async () => {
      const { status, headers, body } = await app.client.request('POST', '/sessions');
      const { data } = body as { data: { session_id: string } };
      expect([status, headers.get('location')]).toEqual([201, `/sessions/${data.session_id}`]);
      expect((await app.client.get(data.session_id)).body).toEqual({ ok: true, data });
      expect(await app.client.get('x')).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
      expect((await app.client.delete(data.session_id)).status).toBe(204);
    });
  });

  describe('with interceptors that serialise and log, CORS and a middleware', () => {
    const app = useHost(
      [
        { provide: APP_INTERCEPTOR, useClass: LoggingInterceptor },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (reflector: Reflector) => new ClassSerializerInterceptor(reflector),
          inject: [Reflector],
        },
      ],
      (host) => {
        host.enableCors({ origin: 'https://app.example.com', exposedHeaders: ['Location', 'Link'] });
      },
    );

    it('works completely, and all of them run', async () => {
      await walkThrough(app.client, '');
      expect(seen).toEqual(expect.arrayContaining(['SessionsController.create', 'MessagesController.send']));
      const { headers } = await app.client.list();
      expect(headers.get('x-middleware')).toBe('seen');
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      const preflight = await app.client.request('OPTIONS', '/sessions', {
        headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    });
  });

  describe('with an interceptor that gives every answer a time', () => {
    const agent = new ScriptedAgent();
    const name = uniqueName();
    const app = useApp(stack, {
      agent,
      name,
      host: { providers: [{ provide: APP_INTERCEPTOR, useClass: ImpatientInterceptor }] },
    });

    it('releases a long poll that the interceptor ends', async () => {
      const held = agent.holds();
      const id = await app.client.newSession();
      await app.client.send(id, held.content);
      const answer = app.client.get(id, '?wait=true');
      await metrics.untilPollsWait(name, 1);
      expect((await answer).status).toBe(408);
      await metrics.untilPollsWait(name, 0);
      held.answer('done');
      expect((await app.client.settled(id)).response?.content).toBe('done');
    });
  });
});
