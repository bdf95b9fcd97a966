import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../columns.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import type { DeliveryAttempt, DeliveryStatus, ReportedStatus } from '../../webhooks/delivery.js';
import type { StoredInterrupt } from '../interrupt-row.js';

/**
 * A webhook delivery, pending or done. It has no foreign key, because an expired session is removed before its
 * pending deliveries.
 */
@Entity('agent_webhook_delivery')
@Index('agent_webhook_delivery_due', ['module', 'nextAttemptAt'], { where: `status = 'pending'` })
@Index('agent_webhook_delivery_receiver', ['module', 'origin', 'nextAttemptAt'], {
  where: `status = 'pending'`,
})
@Index('agent_webhook_delivery_turn', ['turnId'])
export class WebhookDeliveryEntity {
  /** Also the `webhook-id` of every attempt. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_webhook_delivery_pkey' })
  id!: string;

  @Column('varchar', { length: 100 })
  module!: string;

  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @Column('uuid', { name: 'turn_id' })
  turnId!: string;

  @Column('text')
  url!: string;

  @Column('text')
  origin!: string;

  @Column('text', { nullable: true })
  token!: string | null;

  @Column('boolean', { name: 'allow_private_addresses' })
  allowPrivateAddresses!: boolean;

  @Column('varchar', { length: 16 })
  status!: DeliveryStatus;

  /** During an attempt: the time from which others may claim it. */
  @Column({ name: 'next_attempt_at', ...instantColumn, nullable: true })
  nextAttemptAt!: number | null;

  @Column('int')
  claim!: number;

  @Column('int')
  tries!: number;

  @Column('simple-json')
  attempts!: DeliveryAttempt[];

  @Column('varchar', { name: 'session_status', length: 16 })
  sessionStatus!: ReportedStatus;

  @Column('simple-json', { nullable: true })
  response!: ChatMessage | null;

  @Column('text', { nullable: true })
  error!: string | null;

  /** The pending questions of a turn that was interrupted, with `id`, `payload` and `expires_at` of each. */
  @Column('simple-json', { nullable: true })
  interrupts!: StoredInterrupt[] | null;

  /** The length of the history at the turn's end, if the webhook includes messages. */
  @Column('int', { name: 'message_count', nullable: true })
  messageCount!: number | null;

  /** The size of that history. */
  @Column({ name: 'history_bytes', ...bigintColumn, nullable: true })
  historyBytes!: number | null;

  /** The version of the session's history that it belongs to. */
  @Column('int', { name: 'history_version', nullable: true })
  historyVersion!: number | null;

  /**
   * That history itself, with role, content and details of each message: only if the session no longer has it,
   * because it was replaced or the session has expired.
   */
  @Column('simple-json', { nullable: true })
  messages!: [string, string | null, string | null][] | null;

  @Column('varchar', { name: 'trace_id', length: 32, nullable: true })
  traceId!: string | null;

  @Column({ name: 'total_tokens', ...bigintColumn, nullable: true })
  totalTokens!: number | null;

  /** Microseconds. */
  @Column({ name: 'total_duration', ...bigintColumn })
  totalDuration!: number;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;
}
