import type { MigrationInterface, QueryRunner } from 'typeorm';

import { isPostgres } from './dialect.js';

/** What the former indexes of lists become, with the status of sessions. */
const FORMER = {
  agent_session_newest: `("module", "created_at", "id")`,
  agent_session_owner: `("owner", "module", "created_at", "id") WHERE owner IS NOT NULL`,
};

/**
 * The last turn and the last update of a session, the metadata by which sessions are found, and the id, turn and time
 * of messages. A message from before has no id and turn of its own.
 */
export class ListAgentSessions1795392000005 implements MigrationInterface {
  readonly name = 'ListAgentSessions1795392000005';

  async up(queryRunner: QueryRunner): Promise<void> {
    const postgres = isPostgres(queryRunner);
    const uuid = postgres ? 'uuid' : 'varchar';
    const statements = [
      `ALTER TABLE "agent_session" ADD COLUMN "last_turn_id" ${uuid}`,
      `ALTER TABLE "agent_session" ADD COLUMN "updated_at" bigint NOT NULL DEFAULT 0`,
      `UPDATE agent_session SET
        last_turn_id = (
          SELECT t.id FROM agent_turn t WHERE t.session_id = agent_session.id AND t.number = agent_session.turn_count),
        updated_at = coalesce(
          (SELECT t.created_at FROM agent_turn t WHERE t.id = agent_session.current_turn_id), settled_at)`,
      ...Object.keys(FORMER).map((index) => `DROP INDEX "${index}"`),
      `CREATE INDEX "agent_session_created" ON "agent_session" ("module", "status", "created_at", "id")`,
      `CREATE INDEX "agent_session_updated" ON "agent_session" ("module", "status", "updated_at", "id")`,
      `CREATE INDEX "agent_session_owner_created" ON "agent_session"
        ("owner", "module", "status", "created_at", "id") WHERE owner IS NOT NULL`,
      `CREATE INDEX "agent_session_owner_updated" ON "agent_session"
        ("owner", "module", "status", "updated_at", "id") WHERE owner IS NOT NULL`,
      `CREATE TABLE "agent_session_metadata" (
        "session_id" ${uuid} NOT NULL,
        "key" varchar NOT NULL,
        "value" varchar NOT NULL,
        "module" varchar(100) NOT NULL,
        "owner" varchar,
        "created_at" bigint NOT NULL,
        CONSTRAINT "agent_session_metadata_pkey" PRIMARY KEY ("session_id", "key"),
        CONSTRAINT "agent_session_metadata_session_fkey" FOREIGN KEY ("session_id") REFERENCES "agent_session" ("id")
          ON DELETE CASCADE)`,
      postgres ? POSTGRES_METADATA : SQLITE_METADATA,
      `CREATE INDEX "agent_session_metadata_value" ON "agent_session_metadata"
        ("module", "key", "value", "created_at", "session_id")`,
      `CREATE INDEX "agent_session_metadata_owner" ON "agent_session_metadata"
        ("owner", "module", "key", "value", "created_at", "session_id") WHERE owner IS NOT NULL`,
      `ALTER TABLE "agent_message" ADD COLUMN "id" ${uuid}`,
      `ALTER TABLE "agent_message" ADD COLUMN "turn_id" ${uuid}`,
      `ALTER TABLE "agent_message" ADD COLUMN "created_at" bigint`,
    ];
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "agent_session_metadata"`);
    for (const index of ['created', 'updated', 'owner_created', 'owner_updated']) {
      await queryRunner.query(`DROP INDEX "agent_session_${index}"`);
    }
    for (const [index, columns] of Object.entries(FORMER)) {
      await queryRunner.query(`CREATE INDEX "${index}" ON "agent_session" ${columns}`);
    }
    for (const [table, columns] of [
      ['agent_session', ['last_turn_id', 'updated_at']],
      ['agent_message', ['id', 'turn_id', 'created_at']],
    ] as const) {
      for (const column of columns) await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
    }
  }
}

/** The first 32 short texts, numbers and booleans of each session's metadata, as they are stored from now on. */
const POSTGRES_METADATA = `INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
  SELECT id, key, value, module, owner, created_at FROM (
    SELECT s.id, entry.key, entry.value #>> '{}' AS value, s.module, s.owner, s.created_at,
      row_number() OVER (PARTITION BY s.id ORDER BY entry.ordinality) AS place
    FROM agent_session s, json_each(s.metadata::json) WITH ORDINALITY entry
    WHERE json_typeof(entry.value) IN ('string', 'number', 'boolean')
      AND length(entry.key) <= 100 AND length(entry.value #>> '{}') <= 200
  ) found WHERE place <= 32`;

const SQLITE_METADATA = `INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
  SELECT id, key, value, module, owner, created_at FROM (
    SELECT s.id, entry.key, CASE entry.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
        ELSE CAST(entry.value AS TEXT) END AS value, s.module, s.owner, s.created_at,
      row_number() OVER (PARTITION BY s.id ORDER BY entry.id) AS place
    FROM agent_session s, json_each(s.metadata) entry
    WHERE entry.type IN ('text', 'integer', 'real', 'true', 'false')
      AND length(entry.key) <= 100 AND length(entry.value) <= 200
  ) found WHERE place <= 32`;
