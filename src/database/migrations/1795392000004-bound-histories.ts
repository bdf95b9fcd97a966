import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/**
 * The size of a session's history, so that it can be limited and read in batches; the reason of a turn's end; the
 * worker of a turn; and the length of the history in a webhook.
 */
export class BoundAgentHistories1795392000004 implements MigrationInterface {
  readonly name = 'BoundAgentHistories1795392000004';

  async up(queryRunner: QueryRunner): Promise<void> {
    const postgres = isPostgres(queryRunner);
    const uuid = postgres ? 'uuid' : 'varchar';
    const bytes = (column: string) =>
      postgres ? `coalesce(octet_length(m.${column}), 0)` : `coalesce(length(CAST(m.${column} AS BLOB)), 0)`;
    for (const statement of [
      `ALTER TABLE "agent_session" ADD COLUMN "history_bytes" bigint NOT NULL DEFAULT 0`,
      `ALTER TABLE "agent_session" ADD COLUMN "history_version" integer NOT NULL DEFAULT 0`,
      `UPDATE agent_session SET history_bytes = (
        SELECT coalesce(sum(${bytes('content')} + ${bytes('details')} + 32), 0)
        FROM agent_message m WHERE m.session_id = agent_session.id) WHERE message_count > 0`,
      `ALTER TABLE "agent_turn" ADD COLUMN "code" varchar(32)`,
      `ALTER TABLE "agent_turn" ADD COLUMN "worker" ${uuid}`,
      `ALTER TABLE "agent_turn" ADD COLUMN "suspect" boolean NOT NULL DEFAULT ${postgres ? 'false' : '0'}`,
      `CREATE INDEX "agent_turn_suspect" ON "agent_turn" ("worker") WHERE suspect`,
      `ALTER TABLE "agent_webhook_delivery" ADD COLUMN "message_count" integer`,
      `ALTER TABLE "agent_webhook_delivery" ADD COLUMN "history_bytes" bigint`,
      `ALTER TABLE "agent_webhook_delivery" ADD COLUMN "history_version" integer`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "agent_turn_suspect"`);
    for (const [table, columns] of [
      ['agent_session', ['history_bytes', 'history_version']],
      ['agent_turn', ['code', 'worker', 'suspect']],
      ['agent_webhook_delivery', ['message_count', 'history_bytes', 'history_version']],
    ] as const) {
      for (const column of columns) {
        await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
      }
    }
  }
}
