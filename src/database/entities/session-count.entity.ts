import { Column, Entity, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../columns.js';

/**
 * How many sessions of a module were ever created and removed, for `maxSessions`. A module has these rows once a
 * process with that option has started; others pay nothing for it. There are two rows because the transaction that
 * creates a session must exclude others that create one, but not those that remove one.
 */
@Entity('agent_session_count')
export class SessionCountEntity {
  @PrimaryColumn('varchar', { length: 100, primaryKeyConstraintName: 'agent_session_count_pkey' })
  module!: string;

  @PrimaryColumn('varchar', { length: 16, primaryKeyConstraintName: 'agent_session_count_pkey' })
  change!: 'created' | 'removed';

  @Column(bigintColumn)
  total!: number;

  /** When the rows were last compared with the sessions; null until then, and in the row of removals. */
  @Column({ name: 'counted_at', ...instantColumn, nullable: true })
  countedAt!: number | null;
}
