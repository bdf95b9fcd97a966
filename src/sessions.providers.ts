import { getQueueToken } from '@nestjs/bull';
import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { getDataSourceToken, getRepositoryToken } from '@nestjs/typeorm';
import type { Queue } from 'bull';
import type { DataSource, Repository } from 'typeorm';

import { AGENT } from './agents/agent.js';
import { AgentHost } from './agents/agent-host.js';
import { createStores, type Stores } from './database/stores.js';
import { ChatMessageEntity } from './messages/chat-message.entity.js';
import { ChatMessageRepository } from './messages/chat-message.repository.js';
import { InProcessNotifier } from './notifications/in-process-notifier.js';
import { NOTIFIER, type Notifier } from './notifications/notifier.js';
import { RedisNotifier } from './notifications/redis-notifier.js';
import { BullWorkQueue } from './queue/bull-work-queue.js';
import { InProcessWorkQueue } from './queue/in-process-work-queue.js';
import { clientOf } from './redis/bull-connections.js';
import {
  moduleName,
  type ResolvedSessionsOptions,
  SESSIONS_OPTIONS,
  type SessionsStructure,
} from './sessions.options.js';
import { SESSION_STORE } from './sessions/session.store.js';
import { TURN_QUEUE, type TurnQueue } from './turns/turn-queue.js';
import { TURN_STORE } from './turns/turn.store.js';
import type { TurnJob } from './turns/turn.processor.js';

const STORES = Symbol.for('nestjs-agent-sessions:stores');

/** The names under which a module's two Bull queues are injected; in Redis they are one queue, the first. */
export function queueNames(module: string): { consumer: string; producer: string } {
  const consumer = `agent-sessions-${module}`;
  return { consumer, producer: `${consumer}-producer` };
}

/** The providers that depend on how the module is put together. */
export function structuralProviders(structure: SessionsStructure): Provider[] {
  const names = queueNames(moduleName(structure));
  // Absent where the queue is known to be in process, so that no BullModule is imported.
  const producer = { token: getQueueToken(names.producer), optional: true };
  const consumer = { token: getQueueToken(names.consumer), optional: true };
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
    { provide: SESSION_STORE, useFactory: ({ sessions }: Stores) => sessions, inject: [STORES] },
    { provide: TURN_STORE, useFactory: ({ turns }: Stores) => turns, inject: [STORES] },
    {
      provide: ChatMessageRepository,
      useFactory: (messages: Repository<ChatMessageEntity>) => new ChatMessageRepository(messages),
      inject: [getRepositoryToken(ChatMessageEntity, structure.dataSource)],
    },
    { provide: TURN_QUEUE, useFactory: createTurnQueue, inject: [SESSIONS_OPTIONS, producer, consumer] },
    { provide: NOTIFIER, useFactory: createNotifier, inject: [SESSIONS_OPTIONS, producer] },
  ];
}

type TurnBull = Queue<TurnJob>;

function createTurnQueue(
  { queue }: ResolvedSessionsOptions,
  producer?: TurnBull,
  consumer?: TurnBull,
): TurnQueue {
  return queue === 'bull' && producer && consumer
    ? new BullWorkQueue(producer, consumer)
    : new InProcessWorkQueue();
}

function createNotifier({ queue }: ResolvedSessionsOptions, producer?: TurnBull): Notifier {
  return queue === 'bull' && producer
    ? new RedisNotifier(clientOf(producer), producer.toKey('notifications'))
    : new InProcessNotifier();
}
