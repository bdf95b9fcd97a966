import type { TestDatabase } from '../support/database.js';
import { PostgresServer } from '../support/postgres.js';
import { RedisServer } from '../support/redis.js';
import { postgresUrl } from '../support/urls.js';

/** The servers of a scenario's processes. */
export interface Servers {
  readonly postgres: { readonly url: string };
  readonly redis: { readonly url: string };
  /** Removes what a scenario has left on them, where they outlive it. */
  forget?(database: TestDatabase): Promise<void>;
}

/** A PostgreSQL and a Redis that the tests of one file may break. */
export class Site implements Servers {
  private constructor(
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
  ) {}

  static async create(): Promise<Site> {
    const site = new Site(await PostgresServer.create(), await RedisServer.create());
    await Promise.all([site.postgres.start(), site.redis.start()]);
    return site;
  }

  async remove(): Promise<void> {
    await Promise.all([this.postgres.remove(), this.redis.stop()]);
  }
}

/** The PostgreSQL of the whole run, and a Redis that the tests of one file may break: all queues have one name. */
export class RedisSite implements Servers {
  readonly postgres = { url: postgresUrl() };

  private constructor(readonly redis: RedisServer) {}

  static async create(): Promise<RedisSite> {
    const site = new RedisSite(await RedisServer.create());
    await site.redis.start();
    return site;
  }

  forget(database: TestDatabase): Promise<void> {
    return database.drop();
  }

  remove(): Promise<void> {
    return this.redis.stop();
  }
}
