import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import type { InterruptPayload } from '../../agents/agent.js';
import { instantColumn } from '../columns.js';
import { TurnEntity } from './turn.entity.js';

/** A question to a person, on which a turn waits or has waited. */
@Entity('agent_interrupt')
@Index('agent_interrupt_key', ['turnId', 'key'], { unique: true })
@Index('agent_interrupt_expiry', ['module', 'expiresAt'], { where: `status = 'pending'` })
export class InterruptEntity {
  /** What an answer must name. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_interrupt_pkey' })
  id!: string;

  @Column('varchar', { length: 100 })
  module!: string;

  @Column('uuid', { name: 'turn_id' })
  turnId!: string;

  @ManyToOne(() => TurnEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'turn_id', foreignKeyConstraintName: 'agent_interrupt_turn_fkey' })
  turn?: TurnEntity;

  /** Identifies it within its turn. */
  @Column('varchar')
  key!: string;

  /** The run that asked it. */
  @Column('int')
  attempt!: number;

  /** Its place among the questions of that run, from 1. */
  @Column('int')
  place!: number;

  @Column('varchar', { length: 16 })
  status!: 'pending' | 'answered' | 'expired' | 'cancelled';

  @Column('simple-json')
  payload!: InterruptPayload;

  /** The JSON Schema of answers. */
  @Column('simple-json', { nullable: true })
  schema!: Record<string, unknown> | null;

  /** JSON text of the answer. */
  @Column('text', { nullable: true })
  value!: string | null;

  @Column({ name: 'expires_at', ...instantColumn, nullable: true })
  expiresAt!: number | null;

  /** JSON text of the answer at its expiry; without it the turn fails. */
  @Column('text', { name: 'expiry_value', nullable: true })
  expiryValue!: string | null;

  /** The `agentVersion` of the run that asked it. */
  @Column('varchar', { nullable: true })
  version!: string | null;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;

  /** Time of the answer, of the expiry or of the cancellation. */
  @Column({ name: 'ended_at', ...instantColumn, nullable: true })
  endedAt!: number | null;
}
