import { DataSource } from 'typeorm';

import { createStores } from '../../dist/esm/database/stores.js';
import { entities, migrations } from '../../dist/esm/index.js';
import { atEnd } from './cleanup.mjs';

export const LEASE_MS = 15_000;

/** A data source with the module's tables; closed at the end. */
export async function openDataSource(options) {
  const dataSource = await new DataSource({
    ...options,
    entities,
    migrations,
    migrationsTableName: 'agent_migration',
  }).initialize();
  atEnd(async () => dataSource.isInitialized && (await dataSource.destroy()));
  await dataSource.runMigrations();
  return dataSource;
}

/** The stores of the module that the command line serves. */
export function openStores(dataSource, settings = {}) {
  return createStores(dataSource, {
    module: 'default',
    lease: LEASE_MS,
    maxAttempts: 3,
    maxHistory: 64 * 2 ** 20,
    ...settings,
  });
}
