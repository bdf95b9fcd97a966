import type { MigrationInterface, QueryRunner } from 'typeorm';

import { checkSchema, isPostgres } from './dialect.js';

/** Sessions, their messages and their turns. */
export class CreateAgentSessions1795392000000 implements MigrationInterface {
  readonly name = 'CreateAgentSessions1795392000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await checkSchema(queryRunner);
    const uuid = isPostgres(queryRunner) ? 'uuid' : 'varchar';
    // A foreign key's name and target must be on one line, because TypeORM cannot read it back from SQLite otherwise.
    for (const statement of [
      `CREATE TABLE "agent_session" (
        "id" ${uuid} NOT NULL,
        "module" varchar(100) NOT NULL,
        "owner" varchar,
        "status" varchar(16) NOT NULL,
        "response" text,
        "error" text,
        "metadata" text,
        "message_count" integer NOT NULL,
        "turn_count" integer NOT NULL,
        "current_turn_id" ${uuid},
        "created_at" bigint NOT NULL,
        "settled_at" bigint NOT NULL,
        CONSTRAINT "agent_session_pkey" PRIMARY KEY ("id"))`,
      `CREATE INDEX "agent_session_newest" ON "agent_session" ("module", "created_at", "id")`,
      `CREATE INDEX "agent_session_owner" ON "agent_session" ("owner", "module", "created_at", "id")
        WHERE owner IS NOT NULL`,
      `CREATE INDEX "agent_session_settled" ON "agent_session" ("module", "settled_at")`,
      `CREATE TABLE "agent_message" (
        "session_id" ${uuid} NOT NULL,
        "position" integer NOT NULL,
        "role" varchar(16) NOT NULL,
        "content" text,
        "details" text,
        CONSTRAINT "agent_message_pkey" PRIMARY KEY ("session_id", "position"),
        CONSTRAINT "agent_message_session_fkey" FOREIGN KEY ("session_id") REFERENCES "agent_session" ("id")
          ON DELETE CASCADE)`,
      `CREATE TABLE "agent_turn" (
        "id" ${uuid} NOT NULL,
        "session_id" ${uuid} NOT NULL,
        "module" varchar(100) NOT NULL,
        "number" integer NOT NULL,
        "status" varchar(16) NOT NULL,
        "input" text NOT NULL,
        "response" text,
        "error" text,
        "attempt" integer NOT NULL,
        "lost_runs" integer NOT NULL,
        "lease_until" bigint,
        "total_tokens" bigint,
        "created_at" bigint NOT NULL,
        "queued_at" bigint NOT NULL,
        "started_at" bigint,
        "ended_at" bigint,
        CONSTRAINT "agent_turn_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "agent_turn_session_fkey" FOREIGN KEY ("session_id") REFERENCES "agent_session" ("id")
          ON DELETE CASCADE)`,
      `CREATE UNIQUE INDEX "agent_turn_number" ON "agent_turn" ("session_id", "number")`,
      `CREATE UNIQUE INDEX "agent_turn_unfinished" ON "agent_turn" ("session_id")
        WHERE status IN ('queued', 'running', 'interrupted')`,
      `CREATE INDEX "agent_turn_queued" ON "agent_turn" ("module", "queued_at") WHERE status = 'queued'`,
      `CREATE INDEX "agent_turn_lease" ON "agent_turn" ("module", "lease_until") WHERE status = 'running'`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['agent_turn', 'agent_message', 'agent_session']) {
      await queryRunner.query(`DROP TABLE "${table}"`);
    }
  }
}
