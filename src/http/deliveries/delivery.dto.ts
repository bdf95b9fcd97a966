import { ApiExtraModels, ApiProperty, ApiSchema } from '@nestjs/swagger';

import { DELIVERY_ID, TURN_ID } from '../openapi/example-values.js';
import {
  type Delivery,
  DELIVERY_STATUSES,
  type DeliveryAttempt,
  type DeliveryStatus,
  type RedeliveryAccepted,
} from '../../webhooks/delivery.js';

/** One delivery attempt. */
@ApiSchema({ name: 'AgentSessionDeliveryAttempt', description: 'One attempt to deliver' })
export class DeliveryAttemptDto implements DeliveryAttempt {
  @ApiProperty({ format: 'date-time', description: 'When it began' })
  at!: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: "The receiver's HTTP status; null without a response",
    example: 500,
  })
  status_code!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The reason of the failure; null on success',
    example: 'The receiver answered 500',
  })
  error!: string | null;

  @ApiProperty({ type: 'integer', description: 'Milliseconds that it took', example: 31 })
  duration_ms!: number;
}

/** A webhook delivery. */
@ApiSchema({ name: 'AgentSessionDelivery', description: "A turn's end on its way to a client's URL" })
@ApiExtraModels(DeliveryAttemptDto)
export class DeliveryDto implements Delivery {
  @ApiProperty({ format: 'uuid', description: 'Also the `webhook-id` of each attempt', example: DELIVERY_ID })
  delivery_id!: string;

  @ApiProperty({ format: 'uuid', description: 'The turn that has ended', example: TURN_ID })
  turn_id!: string;

  @ApiProperty({
    format: 'uri',
    description: 'Without userinfo and query',
    example: 'https://example.com/agent-results',
  })
  url!: string;

  @ApiProperty({ enum: DELIVERY_STATUSES, enumName: 'AgentSessionDeliveryStatus', example: 'pending' })
  status!: DeliveryStatus;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null if there is none' })
  next_attempt_at!: string | null;

  @ApiProperty({ type: [DeliveryAttemptDto], description: 'Oldest first; of very many the last 50' })
  attempts!: DeliveryAttemptDto[];
}

/** The answer to a request to redeliver. */
@ApiSchema({ name: 'AgentSessionRedelivery' })
export class RedeliveryDto implements RedeliveryAccepted {
  @ApiProperty({ format: 'uuid', example: DELIVERY_ID })
  delivery_id!: string;

  @ApiProperty({ enum: ['pending'] })
  status!: 'pending';
}
