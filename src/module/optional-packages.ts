import { type DynamicModule, Module, type Type } from '@nestjs/common';

import type { Routes } from '../http/http-routes.js';
import { invalidOption, type SessionsOptionsError } from '../options/sessions-options.error.js';

/** Replaces a module whose packages are not installed. */
@Module({})
class NotInstalledModule {}

/**
 * The Bull queues of a module. If Bull is not installed, rejects with an error that names the packages to install,
 * unless the queues are not `required`: then they are omitted.
 */
export function importBullQueues(
  name: string,
  { configKey, required }: { configKey?: string; required: boolean },
): Promise<DynamicModule> {
  return importing(async () => {
    try {
      const { BullQueuesModule } = await import('../queue/bull-queues.module.js');
      return BullQueuesModule.register(name, { configKey, required });
    } catch (error) {
      if (missingOf(['@nestjs/bull', 'bull'], error) === undefined) throw error;
      if (required) throw bullIsMissing();
      return { module: NotInstalledModule };
    }
  });
}

/** The error for the queue `bull` if Bull is not installed. */
export function bullIsMissing(): SessionsOptionsError {
  return invalidOption('queue', 'is "bull", which needs two packages: npm install @nestjs/bull bull');
}

/**
 * The routes of a module. Nest reads `controllers` after it has awaited all imports, so that they can be added to it
 * then.
 */
export function importRoutes(routes: Routes, controllers: Type<unknown>[]): Promise<DynamicModule> {
  return importing(async () => {
    try {
      const { SessionsHttpModule } = await import('../http/http.module.js');
      return SessionsHttpModule.register(routes, controllers);
    } catch (error) {
      const missing = missingOf(['@nestjs/swagger', 'class-transformer'], error);
      if (missing === undefined) throw error;
      throw invalidOption('http', `is not false, and routes need a package: npm install ${missing}`);
    }
  });
}

/** Nest reports a rejection. If the module is never used, a rejection has no consequence. */
function importing(load: () => Promise<DynamicModule>): Promise<DynamicModule> {
  const loading = load();
  loading.catch(() => undefined);
  return loading;
}

/** The missing package for which an import failed; undefined if it failed for another reason. */
function missingOf(packages: string[], error: unknown): string | undefined {
  const { message } = Object(error) as { message?: unknown };
  const name = /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)'/.exec(String(message))?.[1];
  return packages.find((one) => one === name);
}
