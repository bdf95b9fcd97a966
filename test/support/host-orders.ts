import type { EntityManager } from 'typeorm';

import type { TestApp } from './stacks.js';

/** Why a host's transaction is rolled back. */
export class ChangedItsMind extends Error {}

/** A table of the host's own, beside the module's. */
export class HostOrders {
  constructor(private readonly app: Pick<TestApp, 'dataSource'>) {}

  /** Begins with none. */
  async clear(): Promise<void> {
    await this.app.dataSource.query('DROP TABLE IF EXISTS host_order');
    await this.app.dataSource.query('CREATE TABLE host_order (item varchar)');
  }

  place(manager: EntityManager, item = 'tea'): Promise<unknown> {
    return manager.query(`INSERT INTO host_order VALUES ('${item}')`);
  }

  /** What has been ordered, and committed. */
  async items(): Promise<string[]> {
    const rows = await this.app.dataSource.query<{ item: string }[]>('SELECT item FROM host_order');
    return rows.map(({ item }) => item);
  }
}
