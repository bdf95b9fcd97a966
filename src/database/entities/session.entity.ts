import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../columns.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import type { SessionStatus } from '../../sessions/session.js';

/**
 * A session and its state. The last turn's answer is stored here as well as in the turn, so that a long poll reads
 * one row.
 */
@Entity('agent_session')
@Index('agent_session_created', ['module', 'status', 'createdAt', 'id'])
@Index('agent_session_updated', ['module', 'status', 'updatedAt', 'id'])
@Index('agent_session_owner_created', ['owner', 'module', 'status', 'createdAt', 'id'], {
  where: 'owner IS NOT NULL',
})
@Index('agent_session_owner_updated', ['owner', 'module', 'status', 'updatedAt', 'id'], {
  where: 'owner IS NOT NULL',
})
@Index('agent_session_settled', ['module', 'settledAt'])
export class SessionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_session_pkey' })
  id!: string;

  /** The name of its SessionsModule. */
  @Column('varchar', { length: 100 })
  module!: string;

  /** The session's owner, if it has one. */
  @Column('varchar', { nullable: true })
  owner!: string | null;

  @Column('varchar', { length: 16 })
  status!: SessionStatus;

  @Column('simple-json', { nullable: true })
  response!: ChatMessage | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('simple-json', { nullable: true })
  metadata!: Record<string, unknown> | null;

  /** The length of the recorded history, and the position of the next message. */
  @Column('int', { name: 'message_count' })
  messageCount!: number;

  /** The size of the recorded history, limited by `maxHistory`. */
  @Column({ name: 'history_bytes', ...bigintColumn, default: 0 })
  historyBytes!: number;

  /** Number of replacements of the whole history, to detect stale positions. */
  @Column('int', { name: 'history_version', default: 0 })
  historyVersion!: number;

  /** Number of accepted turns, and the number of the last one. */
  @Column('int', { name: 'turn_count' })
  turnCount!: number;

  /** The unfinished turn. */
  @Column('uuid', { name: 'current_turn_id', nullable: true })
  currentTurnId!: string | null;

  /** The turn that status, response and error are about: the unfinished one, else the last. */
  @Column('uuid', { name: 'last_turn_id', nullable: true })
  lastTurnId!: string | null;

  /** The last event of the last turn that has ended; while a turn is unfinished, that turn has the last event. */
  @Column('int', { name: 'last_event_id', default: 0 })
  lastEventId!: number;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;

  /** Creation or the end of the last turn: the start of `sessionTtl`. */
  @Column({ name: 'settled_at', ...instantColumn })
  settledAt!: number;

  /** Creation, the acceptance or the end of its last turn, or the last change of its metadata. */
  @Column({ name: 'updated_at', ...instantColumn, default: 0 })
  updatedAt!: number;
}
