import { BullModule, type BullRootModuleOptions, getQueueToken, getSharedConfigToken } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Queue } from 'bull';

import { BULL_QUEUES, type BullQueues } from './bull-queues.js';
import { consumerOptions, producerOptions } from './redis/bull-connections.js';
import type { TurnJob } from './turn.processor.js';

/**
 * Creates the Bull queues of one module on the host's BullModule configuration. Only this file loads `@nestjs/bull`
 * and `bull`, and it is imported only if they are needed.
 */
@Module({})
export class BullQueuesModule {
  /** `name` is that of the sessions module, `configKey` that of the configuration, if any. */
  static register(name: string, configKey?: string): DynamicModule {
    const turns = `agent-sessions-${name}`;
    const webhooks = `agent-sessions-${name}-webhooks`;
    return {
      module: BullQueuesModule,
      imports: [
        BullModule.registerQueueAsync(...[turns, webhooks].flatMap((queue) => queueEnds(queue, configKey))),
      ],
      providers: [
        {
          provide: BULL_QUEUES,
          useFactory: (
            ...[consumer, producer, webhookConsumer, webhookProducer]: FourQueues
          ): BullQueues => ({
            turns: { consumer, producer },
            webhooks: { consumer: webhookConsumer, producer: webhookProducer },
          }),
          inject: [turns, webhooks].flatMap((queue) => [
            getQueueToken(queue),
            getQueueToken(producerOf(queue)),
          ]),
        },
      ],
      exports: [BULL_QUEUES],
    };
  }
}

type FourQueues = [Queue<TurnJob>, Queue<TurnJob>, Queue<TurnJob>, Queue<TurnJob>];

/** The injection name of a queue's producer; in Redis both ends have the name of the queue. */
function producerOf(queue: string): string {
  return `${queue}-producer`;
}

function queueEnds(queue: string, configKey: string | undefined) {
  const inject = [{ token: getSharedConfigToken(configKey), optional: true }];
  return [
    {
      name: queue,
      configKey,
      inject,
      useFactory: (shared?: BullRootModuleOptions) => consumerOptions(queue, shared),
    },
    {
      name: producerOf(queue),
      configKey,
      inject,
      useFactory: (shared?: BullRootModuleOptions) => producerOptions(queue, shared),
    },
  ];
}
