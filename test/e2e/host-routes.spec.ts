import { describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplication,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';

import { SessionsModule } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { walkIntoErrors, walkThrough } from '../support/walk-through.js';

/** The routing of a host, and the resulting path of the sessions. */
interface Routing {
  title: string;
  configure?: (app: INestApplication) => void;
  imports?: DynamicModule[];
  path?: string;
  base: string;
  headers?: Record<string, string>;
  /** Requests that are 404. */
  nowhere?: string[];
}

const versions = (options: VersioningOptions) => (app: INestApplication) => app.enableVersioning(options);
const uri = (defaultVersion?: VersioningOptions['defaultVersion']) =>
  versions({ type: VersioningType.URI, defaultVersion });
const byHeader = (defaultVersion?: VersioningOptions['defaultVersion']) =>
  versions({ type: VersioningType.HEADER, header: 'x-version', defaultVersion });
const byMediaType = (defaultVersion?: VersioningOptions['defaultVersion']) =>
  versions({ type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion });
const prefix = (app: INestApplication) => app.setGlobalPrefix('api');

const ROUTINGS: Routing[] = [
  { title: 'a path', path: '/support/', base: '/support', nowhere: ['/sessions'] },
  { title: 'a global prefix', configure: prefix, base: '/api', nowhere: ['/sessions'] },
  { title: 'a global prefix and a path', configure: prefix, path: 'support', base: '/api/support' },
  {
    title: 'a global prefix that has a parameter',
    configure: (app) => app.setGlobalPrefix('tenants/:tenant'),
    base: '/tenants/acme%20ltd',
  },
  {
    title: 'a global prefix that the sessions are excluded from',
    configure: (app) => app.setGlobalPrefix('api', { exclude: ['sessions', 'sessions/*rest'] }),
    base: '',
    nowhere: ['/api/sessions'],
  },
  {
    title: 'the RouterModule',
    imports: [RouterModule.register([{ path: 'ai', module: SessionsModule }])],
    base: '/ai',
    nowhere: ['/sessions'],
  },
  {
    title: 'the RouterModule with nested paths, a global prefix and a path',
    configure: prefix,
    imports: [
      RouterModule.register([
        {
          path: 'teams/:team',
          children: [{ path: '/ai/', children: [{ path: 'x', module: SessionsModule }] }],
        },
      ]),
    ],
    path: 'support',
    base: '/api/teams/7/ai/x/support',
    nowhere: ['/api/support/sessions', '/api/ai/x/support/sessions'],
  },
  { title: 'versions in the URI, none by default', configure: uri(), base: '', nowhere: ['/v1/sessions'] },
  { title: 'versions in the URI, 1 by default', configure: uri('1'), base: '/v1', nowhere: ['/sessions'] },
  { title: 'versions in the URI, the first of two by default', configure: uri(['1', '2']), base: '/v1' },
  { title: 'versions in the URI, the second of two by default', configure: uri(['1', '2']), base: '/v2' },
  { title: 'versions in the URI, neutral by default', configure: uri(VERSION_NEUTRAL), base: '' },
  { title: 'versions in the URI, neutral or 1 by default', configure: uri([VERSION_NEUTRAL, '1']), base: '' },
  {
    title: 'versions in the URI, a global prefix, the RouterModule and a path',
    configure: (app) => {
      prefix(app);
      uri('3')(app);
    },
    imports: [RouterModule.register([{ path: 'ai', module: SessionsModule }])],
    path: 'support',
    base: '/api/v3/ai/support',
  },
  { title: 'versions in a header, none by default', configure: byHeader(), base: '' },
  {
    title: 'versions in a header, 1 by default',
    configure: byHeader('1'),
    base: '',
    headers: { 'x-version': '1' },
  },
  { title: 'versions in a header, neutral by default', configure: byHeader(VERSION_NEUTRAL), base: '' },
  { title: 'versions in the media type, none by default', configure: byMediaType(), base: '' },
  {
    title: 'versions in the media type, 1 by default',
    configure: byMediaType('1'),
    base: '',
    headers: { accept: 'application/json;v=1' },
  },
];

/** Routes are independent of the database. */
describe.each(sqliteStacks)('the module on $name in a host with', (stack) => {
  describe.each(ROUTINGS)('$title', ({ configure, imports, path, base, headers, nowhere = [] }) => {
    const app = useApp(stack, {
      agent: new ScriptedAgent(),
      allowCustomIds: true,
      host: { imports },
      configure,
      path,
      base,
      headers,
    });

    it('works completely, with correct Location and Link', async () => {
      await walkThrough(app.client, base);
      await walkIntoErrors(app.client);
      for (const wrong of nowhere) {
        expect([wrong, (await fetch(app.url + wrong)).status]).toEqual([wrong, 404]);
      }
    });
  });
});
