import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import { AGENT } from '../agents/agent.js';
import { AgentHost } from '../agents/agent-host.js';
import { AfterCommit } from '../transactions/after-commit.js';
import { SchemaCheck } from '../database/schema-check.js';
import { createStores, STORES, type Stores } from '../database/stores.js';
import { HISTORY_STORE } from '../messages/history.store.js';
import { ChatMessageRepository } from '../messages/chat-message.repository.js';
import {
  type ResolvedSessionsOptions,
  SESSIONS_OPTIONS,
  type SessionsStructure,
} from '../options/sessions.options.js';
import { queueProviders } from './providers/queue.providers.js';
import { SESSION_STORE } from '../sessions/session.store.js';
import { TURN_STORE } from '../turns/turn.store.js';
import { DELIVERY_STORE } from '../webhooks/delivery.store.js';

/** The providers that depend on how the module is put together. */
export function structuralProviders(structure: SessionsStructure): Provider[] {
  return [
    {
      provide: AGENT,
      useFactory: (moduleRef: ModuleRef) => new AgentHost(structure.agent, moduleRef),
      inject: [ModuleRef],
    },
    {
      provide: STORES,
      useFactory: (dataSource: DataSource, { name, ...settings }: ResolvedSessionsOptions) =>
        createStores(dataSource, { module: name, ...settings }),
      inject: [getDataSourceToken(structure.dataSource), SESSIONS_OPTIONS],
    },
    ...[AfterCommit, SchemaCheck].map((OfDataSource) => ({
      provide: OfDataSource,
      useFactory: (dataSource: DataSource) => new OfDataSource(dataSource),
      inject: [getDataSourceToken(structure.dataSource)],
    })),
    { provide: SESSION_STORE, useFactory: ({ sessions }: Stores) => sessions, inject: [STORES] },
    { provide: HISTORY_STORE, useExisting: SESSION_STORE },
    { provide: TURN_STORE, useFactory: ({ turns }: Stores) => turns, inject: [STORES] },
    { provide: DELIVERY_STORE, useFactory: ({ deliveries }: Stores) => deliveries, inject: [STORES] },
    ChatMessageRepository,
    ...queueProviders,
  ];
}
