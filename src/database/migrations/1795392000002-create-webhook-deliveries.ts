import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/** Webhooks of turns, and their deliveries. */
export class CreateAgentWebhookDeliveries1795392000002 implements MigrationInterface {
  readonly name = 'CreateAgentWebhookDeliveries1795392000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    const uuid = isPostgres(queryRunner) ? 'uuid' : 'varchar';
    for (const statement of [
      `ALTER TABLE "agent_turn" ADD COLUMN "webhook" text`,
      `ALTER TABLE "agent_turn" ADD COLUMN "trace_id" varchar(32)`,
      `CREATE TABLE "agent_webhook_delivery" (
        "id" ${uuid} NOT NULL,
        "module" varchar(100) NOT NULL,
        "session_id" ${uuid} NOT NULL,
        "turn_id" ${uuid} NOT NULL,
        "url" text NOT NULL,
        "origin" text NOT NULL,
        "token" text,
        "allow_private_addresses" boolean NOT NULL,
        "status" varchar(16) NOT NULL,
        "next_attempt_at" bigint,
        "claim" integer NOT NULL,
        "tries" integer NOT NULL,
        "attempts" text NOT NULL,
        "session_status" varchar(16) NOT NULL,
        "response" text,
        "error" text,
        "messages" text,
        "trace_id" varchar(32),
        "total_tokens" bigint,
        "total_duration" bigint NOT NULL,
        "created_at" bigint NOT NULL,
        CONSTRAINT "agent_webhook_delivery_pkey" PRIMARY KEY ("id"))`,
      `CREATE INDEX "agent_webhook_delivery_due" ON "agent_webhook_delivery" ("module", "next_attempt_at")
        WHERE status = 'pending'`,
      `CREATE INDEX "agent_webhook_delivery_turn" ON "agent_webhook_delivery" ("turn_id")`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "agent_webhook_delivery"`);
    for (const column of ['webhook', 'trace_id']) {
      await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "${column}"`);
    }
  }
}
