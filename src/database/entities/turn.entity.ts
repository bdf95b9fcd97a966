import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

import { bigintColumn, instantColumn } from '../columns.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import { SessionEntity } from './session.entity.js';
import type { Webhook } from '../../webhooks/webhook.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type { TurnStatus } from '../../turns/turn.js';

/**
 * One accepted message and its processing. A partial unique index allows one unfinished turn per session,
 * independently of the code.
 */
@Entity('agent_turn')
@Index('agent_turn_number', ['sessionId', 'number'], { unique: true })
@Index('agent_turn_unfinished', ['sessionId'], {
  unique: true,
  where: `status IN ('queued', 'running', 'interrupted')`,
})
@Index('agent_turn_queued', ['module', 'queuedAt'], { where: `status = 'queued'` })
@Index('agent_turn_suspect', ['worker'], { where: 'suspect' })
@Index('agent_turn_streamed', ['module', 'endedAt'], { where: 'streamed' })
@Index('agent_turn_client_message', ['sessionId', 'clientMessageId'], {
  where: 'client_message_id IS NOT NULL',
})
@Index('agent_turn_lease', ['module', 'leaseUntil'], { where: `status = 'running'` })
export class TurnEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_turn_pkey' })
  id!: string;

  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'agent_turn_session_fkey' })
  session?: SessionEntity;

  @Column('varchar', { length: 100 })
  module!: string;

  @Column('int')
  number!: number;

  @Column('varchar', { length: 16 })
  status!: TurnStatus;

  @Column('simple-json')
  input!: ChatMessage;

  @Column('simple-json', { nullable: true })
  webhook!: Webhook | null;

  /** What a client of a UI protocol calls the message; null if it came without an id. */
  @Column('varchar', { name: 'client_message_id', length: 255, nullable: true })
  clientMessageId!: string | null;

  /** What that client calls the run that the message has started. */
  @Column('varchar', { name: 'client_run_id', length: 255, nullable: true })
  clientRunId!: string | null;

  /** The OpenTelemetry trace of the message's request. */
  @Column('varchar', { name: 'trace_id', length: 32, nullable: true })
  traceId!: string | null;

  /** The W3C `traceparent` of that request. */
  @Column('varchar', { length: 55, nullable: true })
  traceparent!: string | null;

  @Column('simple-json', { nullable: true })
  response!: ChatMessage | null;

  @Column('text', { nullable: true })
  error!: string | null;

  /** The machine-readable reason if it ended without success. */
  @Column('varchar', { length: 32, nullable: true })
  code!: TurnCode | null;

  /** Number of claims. It is the fence of every write of a run. */
  @Column('int')
  attempt!: number;

  /**
   * Number of runs lost to workers that died, limited by `maxAttempts`. -1 if the first run started with the
   * acceptance and its worker has not recorded yet that it calls the agent.
   */
  @Column('int', { name: 'lost_runs' })
  lostRuns!: number;

  /** The worker that runs it, or ran it last. */
  @Column('uuid', { nullable: true })
  worker!: string | null;

  /**
   * Whether its run is the last allowed after its workers died: if this worker dies as well, this turn is considered
   * the cause, and the turns beside it are not charged with a lost run.
   */
  @Column('boolean', { default: false })
  suspect!: boolean;

  /** The time until which its worker may be silent. */
  @Column({ name: 'lease_until', ...instantColumn, nullable: true })
  leaseUntil!: number | null;

  /** The number of questions to a person that it waits for. */
  @Column('int', { name: 'pending_interrupts', default: 0 })
  pendingInterrupts!: number;

  /** Its first event in the session's log. */
  @Column('int', { name: 'first_event_id', default: 0 })
  firstEventId!: number;

  /** Its last event so far: the log's counter while the turn is unfinished, guarded by the row as every transition is. */
  @Column('int', { name: 'last_event_id', default: 0 })
  lastEventId!: number;

  /** The size of what its agent has emitted. */
  @Column('int', { name: 'event_bytes', default: 0 })
  eventBytes!: number;

  /** Whether the log has events of it that are removed some time after its end. */
  @Column('boolean', { default: false })
  streamed!: boolean;

  @Column({ name: 'total_tokens', ...bigintColumn, nullable: true })
  totalTokens!: number | null;

  @Column({ name: 'created_at', ...instantColumn })
  createdAt!: number;

  /** The last time that it was queued. */
  @Column({ name: 'queued_at', ...instantColumn })
  queuedAt!: number;

  @Column({ name: 'started_at', ...instantColumn, nullable: true })
  startedAt!: number | null;

  @Column({ name: 'ended_at', ...instantColumn, nullable: true })
  endedAt!: number | null;
}
