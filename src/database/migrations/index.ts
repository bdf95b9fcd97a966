import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';

import { CreateAgentSessions1795392000000 } from './1795392000000-create-sessions.js';
import { CreateAgentIdempotency1795392000001 } from './1795392000001-create-idempotency.js';
import { CreateAgentWebhookDeliveries1795392000002 } from './1795392000002-create-webhook-deliveries.js';
import { AddAgentTraceparent1795392000003 } from './1795392000003-add-traceparent.js';
import { BoundAgentHistories1795392000004 } from './1795392000004-bound-histories.js';
import { ListAgentSessions1795392000005 } from './1795392000005-list-sessions.js';
import { CountAgentSessions1795392000006 } from './1795392000006-count-sessions.js';
import { RecordAgentStepsAndInterrupts1795392000007 } from './1795392000007-record-steps-and-interrupts.js';
import { LogAgentEvents1795392000008 } from './1795392000008-log-events.js';
import { NameAgentMessages1795392000009 } from './1795392000009-name-messages.js';
import { FindAgentDeliveriesByReceiver1795392000010 } from './1795392000010-find-deliveries-by-receiver.js';

/**
 * All migrations of this module, oldest first, for every dialect, to be added to the host's own.
 *
 * @example
 * ```ts
 * TypeOrmModule.forRoot({ type: 'better-sqlite3', database: 'app.sqlite', migrations: [...migrations] });
 * ```
 */
export const migrations: Type<MigrationInterface & { readonly name: string }>[] = [
  CreateAgentSessions1795392000000,
  CreateAgentIdempotency1795392000001,
  CreateAgentWebhookDeliveries1795392000002,
  AddAgentTraceparent1795392000003,
  BoundAgentHistories1795392000004,
  ListAgentSessions1795392000005,
  CountAgentSessions1795392000006,
  RecordAgentStepsAndInterrupts1795392000007,
  LogAgentEvents1795392000008,
  NameAgentMessages1795392000009,
  FindAgentDeliveriesByReceiver1795392000010,
];
