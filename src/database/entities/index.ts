import type { Type } from '@nestjs/common';

import { IdempotencyEntity } from './idempotency.entity.js';
import { ChatMessageEntity } from './chat-message.entity.js';
import { InterruptEntity } from './interrupt.entity.js';
import { EventEntity } from './event.entity.js';
import { SessionCountEntity } from './session-count.entity.js';
import { SessionEntity } from './session.entity.js';
import { SessionMetadataEntity } from './session-metadata.entity.js';
import { StepEntity } from './step.entity.js';
import { TurnEntity } from './turn.entity.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/**
 * All entities of this module, for a host that lists its entities instead of loading them automatically.
 *
 * @example
 * ```ts
 * TypeOrmModule.forRoot({ type: 'better-sqlite3', database: 'app.sqlite', entities: [...entities] });
 * ```
 */
export const entities: Type<object>[] = [
  SessionEntity,
  SessionMetadataEntity,
  TurnEntity,
  StepEntity,
  InterruptEntity,
  ChatMessageEntity,
  IdempotencyEntity,
  WebhookDeliveryEntity,
  SessionCountEntity,
  EventEntity,
];
