import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createMigratedDatabase } from '../support/migrated-databases.js';
import { PostgresServer } from '../support/postgres.js';
import { RedisServer } from '../support/redis.js';

/** The servers of a scenario's processes. */
export interface Servers {
  readonly redis: { readonly url: string };
  /** Whether the processes find the tables in a new database, or create them. */
  readonly hasTables: boolean;
  /** For one scenario. */
  createDatabase(): Promise<TestDatabase>;
  /** Removes what a scenario has left on them, where they outlive it. */
  forget?(database: TestDatabase): Promise<void>;
}

/** A PostgreSQL and a Redis that the tests of one file may break. */
export class Site implements Servers {
  readonly hasTables = false;

  private constructor(
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
  ) {}

  static async create(): Promise<Site> {
    const site = new Site(await PostgresServer.create(), await RedisServer.create());
    await Promise.all([site.postgres.start(), site.redis.start()]);
    return site;
  }

  createDatabase(): Promise<TestDatabase> {
    return createTestDatabase(this.postgres.url);
  }

  async remove(): Promise<void> {
    await Promise.all([this.postgres.remove(), this.redis.stop()]);
  }
}

/** The PostgreSQL of the whole run, and a Redis that the tests of one file may break: all queues have one name. */
export class RedisSite implements Servers {
  readonly hasTables = true;

  private constructor(readonly redis: RedisServer) {}

  static async create(): Promise<RedisSite> {
    const site = new RedisSite(await RedisServer.create());
    await site.redis.start();
    return site;
  }

  createDatabase(): Promise<TestDatabase> {
    return createMigratedDatabase();
  }

  forget(database: TestDatabase): Promise<void> {
    return database.drop();
  }

  remove(): Promise<void> {
    return this.redis.stop();
  }
}
