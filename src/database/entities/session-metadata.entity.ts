import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import { instantColumn } from '../columns.js';
import { SessionEntity } from './session.entity.js';

/** An entry of a session's metadata by which lists can be filtered, with what they are ordered and restricted by. */
@Entity('agent_session_metadata')
@Index('agent_session_metadata_value', ['module', 'key', 'value', 'createdAt', 'sessionId'])
@Index('agent_session_metadata_owner', ['owner', 'module', 'key', 'value', 'createdAt', 'sessionId'], {
  where: 'owner IS NOT NULL',
})
export class SessionMetadataEntity {
  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'agent_session_metadata_pkey' })
  sessionId!: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'agent_session_metadata_session_fkey' })
  session?: SessionEntity;

  @PrimaryColumn('varchar', { primaryKeyConstraintName: 'agent_session_metadata_pkey' })
  key!: string;

  /** Its text: that of a number or boolean is its JSON. */
  @Column('varchar')
  value!: string;

  /** The session's, as are the following columns: they never change. */
  @Column('varchar', { length: 100 })
  module!: string;

  @Column('varchar', { nullable: true })
  owner!: string | null;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;
}
