import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/** Requests with an `Idempotency-Key`. */
export class CreateAgentIdempotency1795392000001 implements MigrationInterface {
  readonly name = 'CreateAgentIdempotency1795392000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    // A foreign key's name and target must be on one line, because TypeORM cannot read it back from SQLite otherwise.
    await queryRunner.query(
      `CREATE TABLE "agent_idempotency" (
        "id" varchar(64) NOT NULL,
        "session_id" ${isPostgres(queryRunner) ? 'uuid' : 'varchar'} NOT NULL,
        "body_hash" varchar(64) NOT NULL,
        "answer" text NOT NULL,
        "created_at" bigint NOT NULL,
        CONSTRAINT "agent_idempotency_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "agent_idempotency_session_fkey" FOREIGN KEY ("session_id") REFERENCES "agent_session" ("id")
          ON DELETE CASCADE)`,
    );
    await queryRunner.query(`CREATE INDEX "agent_idempotency_session" ON "agent_idempotency" ("session_id")`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "agent_idempotency"`);
  }
}
