import type { OnApplicationShutdown, Provider } from '@nestjs/common';

import { InProcessNotifier } from '../../notifications/in-process-notifier.js';
import { NOTIFIER, type Notifier } from '../../notifications/notifier.js';
import { RedisNotifier } from '../../notifications/redis-notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import { BULL_QUEUES, bullIsNotConfigured, type BullQueues } from '../../queue/bull-queues.js';
import { BullWorkQueue } from '../../queue/bull-work-queue.js';
import { InProcessWorkQueue } from '../../queue/in-process-work-queue.js';
import { clientOf } from '../../queue/redis/bull-connections.js';
import { connectLike } from '../../queue/redis/redis-pair.js';
import { notificationsChannel, tryRedis } from '../../queue/redis/redis-trial.js';
import { RedisWatch } from '../../queue/redis/redis-watch.js';
import type { WorkQueue } from '../../queue/work-queue.js';
import { TURN_QUEUE } from '../../turns/turn-queue.js';
import { WEBHOOK_QUEUE } from '../../webhooks/webhook-queue.js';
import { bullIsMissing } from '../optional-packages.js';

/** Wakes workers and waiting requests, of this process or of all. */
interface QueueDriver extends Partial<OnApplicationShutdown> {
  turns: WorkQueue;
  webhooks: WorkQueue;
  notifier: Notifier;
}

const QUEUE_DRIVER = Symbol.for('nestjs-agent-sessions:queue-driver');

/** Queues and notifications. Only this file selects their drivers. */
export const queueProviders: Provider[] = [
  {
    provide: QUEUE_DRIVER,
    useFactory: chooseDriver,
    inject: [SESSIONS_OPTIONS, { token: BULL_QUEUES, optional: true }],
  },
  { provide: TURN_QUEUE, useFactory: ({ turns }: QueueDriver) => turns, inject: [QUEUE_DRIVER] },
  { provide: WEBHOOK_QUEUE, useFactory: ({ webhooks }: QueueDriver) => webhooks, inject: [QUEUE_DRIVER] },
  { provide: NOTIFIER, useFactory: ({ notifier }: QueueDriver) => notifier, inject: [QUEUE_DRIVER] },
];

function chooseDriver({ queue }: ResolvedSessionsOptions, queues?: BullQueues): QueueDriver {
  if (queue === 'in-process') return inProcess();
  if (!queues) throw bullIsMissing();
  if (!queues.isConfigured) throw bullIsNotConfigured();
  return onBull(queues);
}

function inProcess(): QueueDriver {
  return {
    turns: new InProcessWorkQueue(),
    webhooks: new InProcessWorkQueue(),
    notifier: new InProcessNotifier(),
  };
}

function onBull({ turns, webhooks }: BullQueues): QueueDriver {
  const { producer } = turns;
  const watch = new RedisWatch(() => tryRedis(producer));
  return {
    turns: new BullWorkQueue(turns, watch),
    webhooks: new BullWorkQueue(webhooks, watch),
    notifier: new RedisNotifier(connectLike(clientOf(producer)), notificationsChannel(producer), watch),
    onApplicationShutdown: () => {
      watch.stop();
    },
  };
}
