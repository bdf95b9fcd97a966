import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The target of the links of a turn's spans. `trace_id` stays, for webhooks and for processes of the previous
 * version.
 */
export class AddAgentTraceparent1795392000003 implements MigrationInterface {
  readonly name = 'AddAgentTraceparent1795392000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "agent_turn" ADD COLUMN "traceparent" varchar(55)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "agent_turn" DROP COLUMN "traceparent"`);
  }
}
