import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../columns.js';
import { SessionEntity } from './session.entity.js';
import type { ChatMessage, ChatRole } from '../../messages/chat-message.js';

/** One message of a session's recorded history. */
@Entity('agent_message')
export class ChatMessageEntity {
  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'agent_message_pkey' })
  sessionId!: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'agent_message_session_fkey' })
  session?: SessionEntity;

  /** 0 for the first message; without gaps. */
  @PrimaryColumn('int', { primaryKeyConstraintName: 'agent_message_pkey' })
  position!: number;

  /** Null in rows from before there were ids; one is then derived from the position. */
  @Column('uuid', { nullable: true })
  id!: string | null;

  /** The turn that recorded it; null if it was preloaded, or recorded before this was stored. */
  @Column('uuid', { name: 'turn_id', nullable: true })
  turnId!: string | null;

  /** Null in rows from before it was stored. */
  @Column({ name: 'created_at', ...instantColumn, nullable: true })
  createdAt!: number | null;

  @Column('varchar', { length: 16 })
  role!: ChatRole;

  @Column('text', { nullable: true })
  content!: string | null;

  /** The other fields of the message, if any. */
  @Column('simple-json', { nullable: true })
  details!: Omit<ChatMessage, 'role' | 'content'> | null;
}
