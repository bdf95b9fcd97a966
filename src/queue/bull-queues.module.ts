import { BullModule, type BullRootModuleOptions, getQueueToken, getSharedConfigToken } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Queue } from 'bull';

import { BULL_QUEUES, bullIsNotConfigured, type BullQueues } from './bull-queues.js';
import { consumerOptions, producerOptions } from './redis/bull-connections.js';
import type { TurnJob } from './turn.processor.js';

/**
 * Creates the Bull queues of one module on the host's BullModule configuration. Only this file loads `@nestjs/bull`
 * and `bull`, and it is imported only if they are needed.
 */
@Module({})
export class BullQueuesModule {
  /**
   * `name` is that of the sessions module, `configKey` that of the configuration, if any. Without the configuration the
   * application does not start, unless a factory may still decide for another queue.
   */
  static register(name: string, { configKey, required }: BullQueuesSettings): DynamicModule {
    const turns = `agent-sessions-${name}`;
    const webhooks = `agent-sessions-${name}-webhooks`;
    return {
      module: BullQueuesModule,
      imports: [
        BullModule.registerQueueAsync(
          ...[turns, webhooks].flatMap((queue) => queueEnds(queue, { configKey, required })),
        ),
      ],
      providers: [
        {
          provide: BULL_QUEUES,
          useFactory: (
            shared: BullRootModuleOptions | undefined,
            ...[consumer, producer, webhookConsumer, webhookProducer]: FourQueues
          ): BullQueues => ({
            isConfigured: shared !== undefined,
            turns: { consumer, producer },
            webhooks: { consumer: webhookConsumer, producer: webhookProducer },
          }),
          inject: [
            sharedConfig(configKey),
            ...[turns, webhooks].flatMap((queue) => [getQueueToken(queue), getQueueToken(producerOf(queue))]),
          ],
        },
      ],
      exports: [BULL_QUEUES],
    };
  }
}

/** How the queues find Redis. */
interface BullQueuesSettings {
  configKey?: string | undefined;
  /** Whether the queues will certainly be used. */
  required: boolean;
}

type FourQueues = [Queue<TurnJob>, Queue<TurnJob>, Queue<TurnJob>, Queue<TurnJob>];

/** The injection name of a queue's producer; in Redis both ends have the name of the queue. */
function producerOf(queue: string): string {
  return `${queue}-producer`;
}

function sharedConfig(configKey: string | undefined) {
  return { token: getSharedConfigToken(configKey), optional: true };
}

function queueEnds(queue: string, { configKey, required }: BullQueuesSettings) {
  const inject = [sharedConfig(configKey)];
  const configured = (shared: BullRootModuleOptions | undefined) => {
    if (required && !shared) throw bullIsNotConfigured();
    return shared;
  };
  return [
    {
      name: queue,
      configKey,
      inject,
      useFactory: (shared?: BullRootModuleOptions) => consumerOptions(queue, configured(shared)),
    },
    {
      name: producerOf(queue),
      configKey,
      inject,
      useFactory: (shared?: BullRootModuleOptions) => producerOptions(queue, configured(shared)),
    },
  ];
}
