import type { EntityManager } from 'typeorm';

import type { TestApp } from './stacks.js';

/** Causes the rollback of a host's transaction. */
export class ChangedItsMind extends Error {}

/** A table of the host, beside the module's. */
export class HostOrders {
  constructor(private readonly app: Pick<TestApp, 'dataSource'>) {}

  /** Removes all orders. */
  async clear(): Promise<void> {
    await this.app.dataSource.query('DROP TABLE IF EXISTS host_order');
    await this.app.dataSource.query('CREATE TABLE host_order (item varchar)');
  }

  place(manager: EntityManager, item = 'tea'): Promise<unknown> {
    return manager.query(`INSERT INTO host_order VALUES ('${item}')`);
  }

  /** The committed orders. */
  async items(): Promise<string[]> {
    const rows = await this.app.dataSource.query<{ item: string }[]>('SELECT item FROM host_order');
    return rows.map(({ item }) => item);
  }
}
