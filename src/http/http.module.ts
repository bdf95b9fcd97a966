import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { prepareFastify } from './fastify-bodies.js';
import { HttpExchange } from './http-exchange.js';
import { createControllers, type Routes } from './http-routes.js';

/**
 * Provides what the controllers need of the host's HTTP adapter. The controllers themselves belong to the sessions
 * module, because hosts use its class to set their path (RouterModule) or to document them. Imported only if there
 * are routes, because it loads `@nestjs/swagger` and `class-transformer`.
 */
@Module({ providers: [HttpExchange], exports: [HttpExchange] })
export class SessionsHttpModule implements NestModule {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Adds the controllers of one sessions module to `controllers`, and returns the module with their dependencies. */
  static register(routes: Routes, controllers: unknown[]): DynamicModule {
    controllers.push(...createControllers(routes));
    return { module: SessionsHttpModule };
  }

  /** Nest calls it just before it registers the routes; there are no middlewares to configure. */
  configure(): void {
    prepareFastify(this.host);
  }
}
