import { type DynamicModule, Module } from '@nestjs/common';

import { invalidOption } from '../options/invalid-option.js';

/** In place of a module whose packages are not installed. */
@Module({})
class NotInstalledModule {}

/**
 * The Bull queues of a module. If Bull is not installed it rejects with an error that says what to install, unless the
 * queues are not `required`: then they are left out.
 */
export function importBullQueues(
  name: string,
  { configKey, required }: { configKey?: string; required: boolean },
): Promise<DynamicModule> {
  return imported(async () => {
    try {
      const { BullQueuesModule } = await import('../queue/bull-queues.module.js');
      return BullQueuesModule.register(name, configKey);
    } catch (error) {
      if (!isMissing(error, ['@nestjs/bull', 'bull'])) throw error;
      if (required) throw bullIsMissing();
      return { module: NotInstalledModule };
    }
  });
}

/** That the queue is to be Bull, which is not installed. */
export function bullIsMissing(): Error {
  return invalidOption('queue', 'is "bull", which needs two packages: npm install @nestjs/bull bull');
}

/** For a module's imports. Nest reports a rejection, unless the module is never used: then it has no consequence. */
function imported(load: () => Promise<DynamicModule>): Promise<DynamicModule> {
  const loading = load();
  loading.catch(() => undefined);
  return loading;
}

/** Whether an import failed because one of these packages is not installed. */
function isMissing(error: unknown, packages: string[]): boolean {
  const { message } = Object(error) as { message?: unknown };
  const name = /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)'/.exec(String(message))?.[1];
  return name !== undefined && packages.includes(name);
}
