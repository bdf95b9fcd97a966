import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The pending deliveries of each receiver in the order of their due times. */
export class FindAgentDeliveriesByReceiver1795392000010 implements MigrationInterface {
  readonly name = 'FindAgentDeliveriesByReceiver1795392000010';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX "agent_webhook_delivery_receiver"
        ON "agent_webhook_delivery" ("module", "origin", "next_attempt_at") WHERE status = 'pending'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "agent_webhook_delivery_receiver"`);
  }
}
