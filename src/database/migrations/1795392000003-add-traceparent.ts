import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the spans of a turn's runs are linked to. `trace_id` stays, for webhooks and for processes not yet replaced. */
export class AddAgentTraceparent1795392000003 implements MigrationInterface {
  readonly name = 'AddAgentTraceparent1795392000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "agent_turn" ADD COLUMN "traceparent" varchar(55)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "traceparent"`);
  }
}
