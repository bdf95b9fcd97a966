import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Module, VersioningType } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { SessionsModule, type SessionsModuleOptions } from '../../src/index.js';
import { connections, sqliteStacks, startHost, uniqueName } from '../support/stacks.js';

@Module({})
class DocumentedHost {}

/** Documents are independent of the database. */
describe.each(sqliteStacks)('the OpenAPI document of a host with two modules on $name', (stack) => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of cleanUp.splice(0).reverse()) await undo();
  });

  async function documentOf(
    configure: (app: INestApplication) => void,
    ...modules: Partial<SessionsModuleOptions>[]
  ): Promise<OpenAPIObject> {
    const database = await stack.createDatabase();
    cleanUp.push(database.remove);
    const app = await startHost(
      stack,
      {
        module: DocumentedHost,
        imports: [
          ...connections(stack, database),
          RouterModule.register([{ path: 'ai', module: SessionsModule }]),
          ...modules.map((options) =>
            SessionsModule.forRoot({ agent: () => 'ok', queue: stack.queue, name: uniqueName(), ...options }),
          ),
        ],
      },
      configure,
    );
    cleanUp.push(() => app.close());
    return SwaggerModule.createDocument(app, new DocumentBuilder().build());
  }

  function operations({ paths }: OpenAPIObject) {
    return Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { operationId: string; tags: string[] }>).map(
        ([method, { operationId, tags }]) => ({ call: `${method} ${path}`, operationId, tags }),
      ),
    );
  }

  it('contains every operation of both once, under its full path', async () => {
    const document = await documentOf(
      (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
      { path: 'sales', health: true },
      { path: 'help/support' },
    );
    const all = operations(document);
    expect(all).toContainEqual({
      call: 'post /api/v1/ai/sales/sessions',
      operationId: 'sales.createSession',
      tags: ['sales.sessions'],
    });
    expect(all).toContainEqual({
      call: 'post /api/v1/ai/help/support/sessions/{session_id}/messages',
      operationId: 'help.support.sendMessage',
      tags: ['help.support.messages'],
    });
    const ids = all.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(2 * 14 + 2);
  });
});
