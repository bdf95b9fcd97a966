import { getQueueToken } from '@nestjs/bull';
import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { Queue } from 'bull';
import type { DataSource } from 'typeorm';

import { AGENT } from '../agents/agent.js';
import { AgentHost } from '../agents/agent-host.js';
import { AfterCommit } from '../transactions/after-commit.js';
import { SchemaCheck } from '../database/schema-check.js';
import { createStores, STORES, type Stores } from '../database/stores.js';
import { HISTORY_STORE } from '../messages/history.store.js';
import { ChatMessageRepository } from '../messages/chat-message.repository.js';
import { InProcessNotifier } from '../notifications/in-process-notifier.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { RedisNotifier } from '../notifications/redis-notifier.js';
import { BullWorkQueue } from '../queue/bull-work-queue.js';
import { InProcessWorkQueue } from '../queue/in-process-work-queue.js';
import type { WorkQueue } from '../queue/work-queue.js';
import { clientOf } from '../queue/redis/bull-connections.js';
import { notificationsChannel, tryRedis } from '../queue/redis/redis-trial.js';
import { RedisWatch } from '../queue/redis/redis-watch.js';
import { moduleName } from '../options/resolve-options.js';
import {
  type ResolvedSessionsOptions,
  SESSIONS_OPTIONS,
  type SessionsStructure,
} from '../options/sessions.options.js';
import { SESSION_STORE } from '../sessions/session.store.js';
import { TURN_QUEUE } from '../turns/turn-queue.js';
import { TURN_STORE } from '../turns/turn.store.js';
import type { TurnJob } from '../turns/turn.processor.js';
import { DELIVERY_STORE } from '../webhooks/delivery.store.js';
import { WEBHOOK_QUEUE, type WebhookJob } from '../webhooks/webhook-queue.js';

/** Injection token of the module's RedisWatch; undefined where the queue is in process. */
const REDIS_WATCH = Symbol.for('nestjs-agent-sessions:redis-watch');

/** The names under which the two ends of a Bull queue are injected; in Redis they are one queue, the consumer's. */
export interface QueueNames {
  consumer: string;
  producer: string;
}

/** The names of a module's queues. */
export function queueNames(module: string): Record<'turns' | 'webhooks', QueueNames> {
  const names = (consumer: string) => ({ consumer, producer: `${consumer}-producer` });
  return { turns: names(`agent-sessions-${module}`), webhooks: names(`agent-sessions-${module}-webhooks`) };
}

/** The providers that depend on how the module is put together. */
export function structuralProviders(structure: SessionsStructure): Provider[] {
  const names = queueNames(moduleName(structure));
  // Absent where the queue is known to be in process, so that no BullModule is imported.
  const optionalQueue = (name: string) => ({ token: getQueueToken(name), optional: true });
  const queueEnds = ({ producer, consumer }: QueueNames) => [
    REDIS_WATCH,
    optionalQueue(producer),
    optionalQueue(consumer),
  ];
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
    {
      provide: REDIS_WATCH,
      useFactory: createWatch,
      inject: [SESSIONS_OPTIONS, optionalQueue(names.turns.producer)],
    },
    { provide: TURN_QUEUE, useFactory: createQueue<TurnJob>, inject: queueEnds(names.turns) },
    { provide: WEBHOOK_QUEUE, useFactory: createQueue<WebhookJob>, inject: queueEnds(names.webhooks) },
    {
      provide: NOTIFIER,
      useFactory: createNotifier,
      inject: [REDIS_WATCH, optionalQueue(names.turns.producer)],
    },
  ];
}

function createWatch({ queue }: ResolvedSessionsOptions, producer?: Queue): RedisWatch | undefined {
  return queue === 'bull' && producer ? new RedisWatch(() => tryRedis(producer)) : undefined;
}

function createQueue<Job extends object>(
  watch?: RedisWatch,
  producer?: Queue<Job>,
  consumer?: Queue<Job>,
): WorkQueue<Job> {
  return watch && producer && consumer
    ? new BullWorkQueue(producer, consumer, watch)
    : new InProcessWorkQueue();
}

function createNotifier(watch?: RedisWatch, producer?: Queue): Notifier {
  return watch && producer
    ? new RedisNotifier(clientOf(producer), notificationsChannel(producer), watch)
    : new InProcessNotifier();
}
