import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';

import { SessionsModule, type SessionsModuleOptions } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { connections, expressStacks, startHost, uniqueName } from '../support/stacks.js';

@Module({})
class Host {}

@Module({})
class Feature {}

describe.each(expressStacks)('two modules with one name or path, on $name', (stack) => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function start(...modules: Partial<SessionsModuleOptions>[]): Promise<INestApplication> {
    const database = await stack.createDatabase();
    cleanUp.push(database.remove);
    const app = await startHost(stack, {
      module: Host,
      imports: [
        ...connections(stack, database),
        RouterModule.register([{ path: 'ai', module: SessionsModule }]),
        ...modules.map((options) =>
          SessionsModule.forRoot({ agent: () => 'ok', queue: stack.queue, shutdownTimeout: 0, ...options }),
        ),
      ],
    });
    cleanUp.push(() => app.close());
    return app;
  }

  it('prevent the start, with an error that contains "name"', async () => {
    const name = uniqueName();
    const refused = `SessionsModule option "name" is "${name}" in two modules`;
    await expect(start({ name, path: 'one' }, { name, path: 'two' })).rejects.toThrow(refused);
    const path = uniqueName();
    await expect(start({ path }, { path: `/${path}/` })).rejects.toThrow(
      `"name" is "${path}" in two modules`,
    );
  });

  it('are refused with "path" if they have names but one path', async () => {
    const refused = 'SessionsModule option "path" is "" in two modules';
    await expect(start({ name: uniqueName() }, { name: uniqueName() })).rejects.toThrow(refused);
    // A worker has no routes.
    if (stack.queue === 'bull') await start({ name: uniqueName() }, { name: uniqueName(), role: 'worker' });
  });

  it('are accepted if their paths differ, also below one path of the RouterModule', async () => {
    const [one, two] = [uniqueName(), uniqueName()];
    const app = await start({ path: one }, { path: two });
    for (const path of [one, two]) {
      const { headers } = await new SessionsClient(`${await app.getUrl()}/ai/${path}`).create();
      expect(headers.get('location')).toMatch(`/ai/${path}/sessions/`);
    }
  });

  it('are one module if the same instance is imported twice', async () => {
    const name = uniqueName();
    const database = await stack.createDatabase();
    cleanUp.push(database.remove);
    const sessions = SessionsModule.forRoot({ agent: () => 'ok', queue: stack.queue, name });
    const app = await startHost(stack, {
      module: Host,
      imports: [...connections(stack, database), sessions, { module: Feature, imports: [sessions] }],
    });
    cleanUp.push(() => app.close());
    expect((await new SessionsClient(await app.getUrl()).create()).status).toBe(201);
  });
});
