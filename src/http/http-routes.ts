import { type CanActivate, type Type, UseGuards } from '@nestjs/common';

import { createAgUiController } from './ag-ui/ag-ui.controller.js';
import { createAiSdkController } from './ai-sdk/ai-sdk.controller.js';
import { createConsoleController } from './console/console.controller.js';
import { createDeliveriesController } from './deliveries/deliveries.controller.js';
import { createEventsController } from './events/events.controller.js';
import { markForFastify } from './fastify-bodies.js';
import { createHealthController } from './health/health.controller.js';
import { createInterruptsController } from './interrupts/interrupts.controller.js';
import { createMessagesController } from './messages/messages.controller.js';
import { ApiErrors } from './openapi/api-errors.js';
import { OwnerGuard, unknownOwner } from './owner.guard.js';
import { createTurnsController } from './turns/turns.controller.js';
import { createSessionsController } from './sessions/sessions.controller.js';

/** The routes of a sessions module. */
export interface Routes {
  /** The path prefix, without slashes around it. */
  prefix?: string;
  sessions: boolean;
  health: boolean;
  agUi: boolean;
  aiSdk: boolean;
  console: boolean;
  guards: (Type<CanActivate> | CanActivate)[];
  /** Whether requests without an owner are answered with 401. */
  withOwners: boolean;
  /** Whether clients may choose session ids, as far as that is known before a factory is called. */
  customIds: boolean;
}

/** Creates the controllers of one module: separate classes per module, because one class cannot have two paths. */
export function createControllers(routes: Routes): Type<unknown>[] {
  const { prefix, sessions, health, agUi, aiSdk, console, guards, withOwners, customIds } = routes;
  const under = (route: string) => (prefix ? `${prefix}/${route}` : route);
  const guarded = (controller: Type<unknown>, ...more: Type<CanActivate>[]) => {
    UseGuards(...guards, ...more)(controller);
    markForFastify(controller);
    return controller;
  };
  const owned = (controller: Type<unknown>) => {
    if (withOwners) ApiErrors(unknownOwner())(controller);
    return guarded(controller, OwnerGuard);
  };
  const ofSessions = [
    createSessionsController,
    createTurnsController,
    createInterruptsController,
    createMessagesController,
    createEventsController,
    createDeliveriesController,
  ];
  return [
    ...(sessions ? ofSessions.map((create) => owned(create(under('sessions'), customIds))) : []),
    ...(sessions && agUi ? [owned(createAgUiController(under('ag-ui')))] : []),
    ...(sessions && aiSdk ? [owned(createAiSdkController(under('ai-sdk')))] : []),
    ...(sessions && console ? [guarded(createConsoleController(under('console')))] : []),
    ...(health ? [guarded(createHealthController(under('health')))] : []),
  ];
}
