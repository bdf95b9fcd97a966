import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Agent } from 'nestjs-agent-sessions';

import { AppModule } from './app.module.js';
import { AppSettings } from './app.settings.js';
import { SupportAgent } from './support.agent.js';

/** The whole application, with SQLite in memory, without Redis, and with an agent of the test. */
export async function createTestingApp(agent: Agent): Promise<INestApplication> {
  const testing = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(AppSettings)
    .useValue({
      // The tables come from the entities, because migrations for PostgreSQL do not run on SQLite.
      database: { type: 'better-sqlite3', database: ':memory:', synchronize: true },
      queue: 'in-process',
    })
    .overrideProvider(SupportAgent)
    .useValue(agent)
    .compile();
  const app = testing.createNestApplication();
  await app.init();
  return app;
}
