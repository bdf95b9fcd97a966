import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What clients of the UI protocols call the messages and runs of turns. */
export class NameAgentMessages1795392000009 implements MigrationInterface {
  readonly name = 'NameAgentMessages1795392000009';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      `ALTER TABLE "agent_turn" ADD COLUMN "client_message_id" varchar(255)`,
      `ALTER TABLE "agent_turn" ADD COLUMN "client_run_id" varchar(255)`,
      `CREATE INDEX "agent_turn_client_message" ON "agent_turn" ("session_id", "client_message_id")
        WHERE client_message_id IS NOT NULL`,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "agent_turn_client_message"`);
    for (const column of ['client_run_id', 'client_message_id']) {
      await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "${column}"`);
    }
  }
}
