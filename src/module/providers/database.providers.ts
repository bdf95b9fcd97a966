import type { Provider } from '@nestjs/common';
import type { DataSource } from 'typeorm';

import { SchemaCheck } from '../../database/schema-check.js';
import { createStores, STORES, type Stores } from '../../database/stores.js';
import { ChatMessageRepository } from '../../messages/chat-message.repository.js';
import { RecentHistories } from '../../messages/recent-histories.js';
import { HISTORY_STORE } from '../../messages/history.store.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import { EVENT_STORE } from '../../events/event.store.js';
import { SESSION_STORE } from '../../sessions/session.store.js';
import { AfterCommit } from '../../transactions/after-commit.js';
import { RECORDING_STORE } from '../../turns/recording.store.js';
import { TURN_STORE } from '../../turns/turn.store.js';
import { DELIVERY_STORE } from '../../webhooks/delivery.store.js';
import { DATA_SOURCE } from '../../transactions/data-source.js';

/** The stores, for the dialect of the host's data source. */
export const databaseProviders: Provider[] = [
  {
    provide: STORES,
    useFactory: (dataSource: DataSource, { name, ...settings }: ResolvedSessionsOptions) =>
      createStores(dataSource, { module: name, ...settings }),
    inject: [DATA_SOURCE, SESSIONS_OPTIONS],
  },
  { provide: SESSION_STORE, useFactory: ({ sessions }: Stores) => sessions, inject: [STORES] },
  { provide: HISTORY_STORE, useExisting: SESSION_STORE },
  { provide: TURN_STORE, useFactory: ({ turns }: Stores) => turns, inject: [STORES] },
  { provide: RECORDING_STORE, useFactory: ({ recordings }: Stores) => recordings, inject: [STORES] },
  { provide: DELIVERY_STORE, useFactory: ({ deliveries }: Stores) => deliveries, inject: [STORES] },
  { provide: EVENT_STORE, useFactory: ({ events }: Stores) => events, inject: [STORES] },
  ChatMessageRepository,
  RecentHistories,
  ...[AfterCommit, SchemaCheck].map((OfDataSource) => ({
    provide: OfDataSource,
    useFactory: (dataSource: DataSource) => new OfDataSource(dataSource),
    inject: [DATA_SOURCE],
  })),
];
