import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import type { NewStep } from '../../agents/recording/recording.js';
import { instantColumn } from '../columns.js';
import { TurnEntity } from './turn.entity.js';

/** A step that a run of a turn has recorded. */
@Entity('agent_step')
export class StepEntity {
  @PrimaryColumn('uuid', { name: 'turn_id', primaryKeyConstraintName: 'agent_step_pkey' })
  turnId!: string;

  @ManyToOne(() => TurnEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'turn_id', foreignKeyConstraintName: 'agent_step_turn_fkey' })
  turn?: TurnEntity;

  @PrimaryColumn('varchar', { primaryKeyConstraintName: 'agent_step_pkey' })
  name!: string;

  /** How often that name came before in the run, from 1. */
  @PrimaryColumn('int', { primaryKeyConstraintName: 'agent_step_pkey' })
  occurrence!: number;

  @Column('varchar', { length: 16 })
  state!: NewStep['state'];

  /** JSON text of the result, or of the report of what it threw; null for undefined. */
  @Column('text', { nullable: true })
  outcome!: string | null;

  /** The run that recorded it. */
  @Column('int')
  attempt!: number;

  /** The `agentVersion` of that run. */
  @Column('varchar', { nullable: true })
  version!: string | null;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;
}
