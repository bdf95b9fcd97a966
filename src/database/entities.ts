import { IdempotencyEntity } from '../idempotency/idempotency.entity.js';
import { ChatMessageEntity } from '../messages/chat-message.entity.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { TurnEntity } from '../turns/turn.entity.js';
import { WebhookDeliveryEntity } from '../webhooks/webhook-delivery.entity.js';

/** Every entity of this module, for a host that lists its entities instead of loading them automatically. */
export const entities = [
  SessionEntity,
  TurnEntity,
  ChatMessageEntity,
  IdempotencyEntity,
  WebhookDeliveryEntity,
];
