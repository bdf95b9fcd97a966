import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/** What runs record besides their end: steps, and questions to a person. */
export class RecordAgentStepsAndInterrupts1795392000007 implements MigrationInterface {
  readonly name = 'RecordAgentStepsAndInterrupts1795392000007';

  async up(queryRunner: QueryRunner): Promise<void> {
    const uuid = isPostgres(queryRunner) ? 'uuid' : 'varchar';
    for (const statement of [
      `ALTER TABLE "agent_turn" ADD COLUMN "pending_interrupts" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_webhook_delivery" ADD COLUMN "interrupts" text`,
      `CREATE TABLE "agent_step" (
        "turn_id" ${uuid} NOT NULL,
        "name" varchar NOT NULL,
        "occurrence" integer NOT NULL,
        "state" varchar(16) NOT NULL,
        "outcome" text,
        "attempt" integer NOT NULL,
        "version" varchar,
        "created_at" bigint NOT NULL,
        CONSTRAINT "agent_step_pkey" PRIMARY KEY ("turn_id", "name", "occurrence"),
        CONSTRAINT "agent_step_turn_fkey" FOREIGN KEY ("turn_id") REFERENCES "agent_turn" ("id")
          ON DELETE CASCADE)`,
      `CREATE TABLE "agent_interrupt" (
        "id" ${uuid} NOT NULL,
        "module" varchar(100) NOT NULL,
        "turn_id" ${uuid} NOT NULL,
        "key" varchar NOT NULL,
        "attempt" integer NOT NULL,
        "place" integer NOT NULL,
        "status" varchar(16) NOT NULL,
        "payload" text NOT NULL,
        "schema" text,
        "value" text,
        "expires_at" bigint,
        "expiry_value" text,
        "version" varchar,
        "created_at" bigint NOT NULL,
        "ended_at" bigint,
        CONSTRAINT "agent_interrupt_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "agent_interrupt_turn_fkey" FOREIGN KEY ("turn_id") REFERENCES "agent_turn" ("id")
          ON DELETE CASCADE)`,
      `CREATE UNIQUE INDEX "agent_interrupt_key" ON "agent_interrupt" ("turn_id", "key")`,
      `CREATE INDEX "agent_interrupt_expiry" ON "agent_interrupt" ("module", "expires_at") WHERE status = 'pending'`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "agent_interrupt"`);
    await queryRunner.query(`DROP TABLE "agent_step"`);
    await queryRunner.query(`ALTER TABLE "agent_webhook_delivery" DROP COLUMN "interrupts"`);
    await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "pending_interrupts"`);
  }
}
