import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number of sessions of modules with `maxSessions`. */
export class CountAgentSessions1795392000006 implements MigrationInterface {
  readonly name = 'CountAgentSessions1795392000006';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "agent_session_count" (
        "module" varchar(100) NOT NULL,
        "change" varchar(16) NOT NULL,
        "total" bigint NOT NULL,
        "counted_at" bigint,
        CONSTRAINT "agent_session_count_pkey" PRIMARY KEY ("module", "change"))`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "agent_session_count"`);
  }
}
