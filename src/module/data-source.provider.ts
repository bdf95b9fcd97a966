import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

import { invalidOption } from '../options/sessions-options.error.js';
import { DATA_SOURCE } from '../transactions/data-source.js';

/** The host's data source of this name, or its default one. An error names what is missing if there is none. */
export function dataSourceProvider(name: string | undefined): Provider {
  const token = getDataSourceToken(name);
  return {
    provide: DATA_SOURCE,
    useFactory: (moduleRef: ModuleRef, dataSource?: DataSource): DataSource | Promise<never> => {
      if (dataSource) return dataSource;
      if (!exists(moduleRef, token)) throw dataSourceIsMissing(name);
      // It could not be opened, for which Nest gives undefined to optional dependencies. The start fails with the
      // error of the data source itself, which this one must not anticipate.
      return new Promise(() => undefined);
    },
    inject: [ModuleRef, { token, optional: true }],
  };
}

function exists(moduleRef: ModuleRef, token: ReturnType<typeof getDataSourceToken>): boolean {
  try {
    moduleRef.introspect(token as string);
    return true;
  } catch {
    return false;
  }
}

function dataSourceIsMissing(name: string | undefined): Error {
  return name === undefined
    ? invalidOption(
        'dataSource',
        'is not set, and the application has no TypeOrmModule.forRoot({ … }) without a name',
      )
    : invalidOption(
        'dataSource',
        `is "${name}", and the application has no TypeOrmModule.forRoot({ name: "${name}", … })`,
      );
}
