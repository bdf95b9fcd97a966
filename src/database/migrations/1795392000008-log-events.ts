import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/** The log of each session, and how far it has come in each turn. */
export class LogAgentEvents1795392000008 implements MigrationInterface {
  readonly name = 'LogAgentEvents1795392000008';

  async up(queryRunner: QueryRunner): Promise<void> {
    const postgres = isPostgres(queryRunner);
    const uuid = postgres ? 'uuid' : 'varchar';
    const statements = [
      `ALTER TABLE "agent_session" ADD COLUMN "last_event_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_turn" ADD COLUMN "first_event_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_turn" ADD COLUMN "last_event_id" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_turn" ADD COLUMN "event_bytes" integer NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_turn" ADD COLUMN "streamed" boolean NOT NULL DEFAULT ${postgres ? 'false' : '0'}`,
      `CREATE TABLE "agent_event" (
        "session_id" ${uuid} NOT NULL,
        "id" integer NOT NULL,
        "type" varchar NOT NULL,
        "turn_id" ${uuid} NOT NULL,
        "attempt" integer,
        "at" bigint NOT NULL,
        "data" text,
        "first_position" integer,
        "message_count" integer,
        CONSTRAINT "agent_event_pkey" PRIMARY KEY ("session_id", "id"),
        CONSTRAINT "agent_event_session_fkey" FOREIGN KEY ("session_id") REFERENCES "agent_session" ("id")
          ON DELETE CASCADE)${postgres ? '' : ' WITHOUT ROWID'}`,
      `CREATE INDEX "agent_turn_streamed" ON "agent_turn" ("module", "ended_at") WHERE streamed`,
    ];
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "agent_turn_streamed"`);
    await queryRunner.query(`DROP TABLE "agent_event"`);
    for (const column of ['streamed', 'event_bytes', 'last_event_id', 'first_event_id']) {
      await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "${column}"`);
    }
    await queryRunner.query(`ALTER TABLE "agent_session" DROP COLUMN "last_event_id"`);
  }
}
