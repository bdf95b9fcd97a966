import { IdempotencyEntity } from './idempotency.entity.js';
import { ChatMessageEntity } from './chat-message.entity.js';
import { SessionEntity } from './session.entity.js';
import { TurnEntity } from './turn.entity.js';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.js';

/** Every entity of this module, for a host that lists its entities instead of loading them automatically. */
export const entities = [
  SessionEntity,
  TurnEntity,
  ChatMessageEntity,
  IdempotencyEntity,
  WebhookDeliveryEntity,
];
