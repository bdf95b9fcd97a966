import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../columns.js';
import { SessionEntity } from './session.entity.js';

/** A request with an `Idempotency-Key`, and its answer; kept as long as the session. */
@Entity('agent_idempotency')
@Index('agent_idempotency_session', ['sessionId'])
export class IdempotencyEntity {
  /** A digest of module, owner, operation, session and key. */
  @PrimaryColumn('varchar', { length: 64, primaryKeyConstraintName: 'agent_idempotency_pkey' })
  id!: string;

  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'agent_idempotency_session_fkey' })
  session?: SessionEntity;

  @Column('varchar', { name: 'body_hash', length: 64 })
  bodyHash!: string;

  /** The answer's body. */
  @Column('simple-json')
  answer!: unknown;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;
}
