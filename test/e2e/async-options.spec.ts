import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Inject, Injectable, Module } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { randomUUID } from 'node:crypto';

import {
  SessionsModule,
  type SessionsModuleAsyncOptions,
  SessionsOptionsFactory,
  type SessionsSettings,
} from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { connections, type Stack, expressStacks, startHost, uniqueName } from '../support/stacks.js';

const SETTINGS = Symbol('settings');

@Injectable()
class SettingsFactory implements SessionsOptionsFactory {
  constructor(@Inject(SETTINGS) private readonly settings: SessionsSettings) {}

  createSessionsOptions(): SessionsSettings {
    return this.settings;
  }
}

@Module({})
class AsyncHost {}

@Module({})
class LaterSettings {}

function settingsModule(settings: SessionsSettings) {
  return {
    module: LaterSettings,
    providers: [{ provide: SETTINGS, useValue: settings }, SettingsFactory],
    exports: [SETTINGS, SettingsFactory],
  };
}

type Making = (
  stack: Stack,
) => Pick<SessionsModuleAsyncOptions, 'imports' | 'inject' | 'useFactory' | 'useClass' | 'useExisting'>;

const settingsOf = ({ queue }: Stack): SessionsSettings => ({
  queue,
  allowCustomIds: true,
  shutdownTimeout: 0,
});

const WAYS: [string, Making][] = [
  ['a factory', (stack) => ({ useFactory: () => Promise.resolve(settingsOf(stack)) })],
  [
    'a factory with dependencies',
    (stack) => ({
      imports: [settingsModule(settingsOf(stack))],
      inject: [SETTINGS],
      useFactory: (settings: SessionsSettings) => settings,
    }),
  ],
  ['a class', (stack) => ({ imports: [settingsModule(settingsOf(stack))], useClass: SettingsFactory })],
  [
    'an existing provider',
    (stack) => ({ imports: [settingsModule(settingsOf(stack))], useExisting: SettingsFactory }),
  ],
];

describe.each(expressStacks)('settings of forRootAsync on $name', (stack) => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function start(making: ReturnType<Making>): Promise<INestApplication> {
    const database = await stack.createDatabase();
    cleanUp.push(database.remove);
    const app = await startHost(stack, {
      module: AsyncHost,
      imports: [
        ...connections(stack, database),
        SessionsModule.forRootAsync({ ...making, agent: () => 'hello', name: uniqueName(), path: 'later' }),
      ],
    });
    cleanUp.push(() => app.close());
    return app;
  }

  it.each(WAYS)('may come from %s', async (_way, making) => {
    const app = await start(making(stack));
    const client = new SessionsClient(`${await app.getUrl()}/later`);
    const id = randomUUID();
    expect((await client.put(id)).status).toBe(201);
    expect((await client.ask(id, 'hi')).response?.content).toBe('hello');
  });

  it('must not depend on the request: a request-scoped factory is refused', async () => {
    const wrong = { inject: [REQUEST], useFactory: () => settingsOf(stack) };
    await expect(start(wrong)).rejects.toThrow('SessionsModule option "inject"');
  });

  it('are required: a factory that returns nothing is an error', async () => {
    await expect(start({ useFactory: () => undefined as never })).rejects.toThrow(
      'The options factory of SessionsModule must give an object',
    );
  });

  it('are checked: an invalid one prevents the start, and the error names it', async () => {
    const wrong = { useFactory: () => ({ queue: stack.queue, concurrency: 0 }) };
    await expect(start(wrong)).rejects.toThrow('"concurrency"');
  });
});
