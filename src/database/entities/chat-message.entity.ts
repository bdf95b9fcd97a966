import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

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

  @Column('varchar', { length: 16 })
  role!: ChatRole;

  @Column('text', { nullable: true })
  content!: string | null;

  /** The other fields of the message, if any. */
  @Column('simple-json', { nullable: true })
  details!: Omit<ChatMessage, 'role' | 'content'> | null;
}
