import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../columns.js';
import { SessionEntity } from './session.entity.js';

/** One event of a session's log. What the turn or the recorded history has as well is read from there. */
@Entity('agent_event', { withoutRowid: true })
export class EventEntity {
  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'agent_event_pkey' })
  sessionId!: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'agent_event_session_fkey' })
  session?: SessionEntity;

  /** Its position in the log, from 1. */
  @PrimaryColumn('int', { primaryKeyConstraintName: 'agent_event_pkey' })
  id!: number;

  @Column('varchar')
  type!: string;

  @Column('uuid', { name: 'turn_id' })
  turnId!: string;

  /** The run; null if the turn has had none. */
  @Column('int', { nullable: true })
  attempt!: number | null;

  @Column({ ...instantColumn })
  at!: number;

  /** JSON text: the event's own fields, or the messages of a completed turn whose history was replaced since. */
  @Column('text', { nullable: true })
  data!: string | null;

  /** Of a completed turn: the position of the first message that it has recorded, while the history has it. */
  @Column('int', { name: 'first_position', nullable: true })
  firstPosition!: number | null;

  /** How many messages it has recorded from there on. */
  @Column('int', { name: 'message_count', nullable: true })
  messageCount!: number | null;
}
