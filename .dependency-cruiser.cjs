/**
 * The layers of `src/`, lowest first: a folder imports only itself and what stands before it. It is also the table of
 * contents in docs/architecture.md.
 */
const layers = [
  'json',
  'logging',
  'timing',
  'failpoints',
  'interrupts',
  'exceptions',
  'validation',
  'owners',
  'messages',
  'agents',
  'facts',
  'events',
  'idempotency',
  'transactions',
  'options',
  'lifecycle-events',
  'queue',
  'notifications',
  'telemetry',
  'streams',
  'webhooks',
  'turns',
  'sessions',
  'client',
  'database',
  'operations',
  'ui-protocols',
  'http',
  'module',
  'index.ts',
  'cli',
];

/** Matches what stands in `src/` under one of these names. */
const inside = (names) => `^src/(${names.map((name) => name.replace('.', '\\.')).join('|')})(/|$)`;

/** Each driver: the folder that it lives in, whose files may know each other, and its files. */
const drivers = {
  postgres: { folder: '^src/database/postgres/', files: '^src/database/postgres/' },
  sqlite: { folder: '^src/database/sqlite/', files: '^src/database/sqlite/' },
  queue: { folder: '^src/queue/', files: '^src/queue/((bull|in-process)-|turn\\.processor)' },
  notifications: { folder: '^src/notifications/', files: '^src/notifications/(redis|in-process)-' },
};

/** The only places where drivers are chosen. */
const wiring = ['^src/module/', '^src/cli/', '^src/database/stores\\.ts$'];

/** An installed package, or one that is only named, together with its types. */
const packages = (...names) => `(^|node_modules/(@types/)?)(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other cannot be read, tested or loaded apart.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is dead, unless it is an entry point.',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/index\\.ts$', '^src/cli/main\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that cannot be found would also escape every rule below.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...layers.map((name, index) => ({
      name: `${name}-imports-only-lower-layers`,
      comment: 'See the list of layers: move the file, or hand it what it needs through a port.',
      severity: 'error',
      from: { path: inside([name]) },
      to: { path: '^src/', pathNot: inside(layers.slice(0, index + 1)) },
    })),
    {
      name: 'every-folder-is-a-layer',
      comment: 'A new folder gets its place in the list of layers.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(layers) },
      to: {},
    },
    ...Object.entries(drivers).map(([name, { folder, files }]) => ({
      name: `only-the-wiring-knows-the-${name}-drivers`,
      comment: 'Everything else imports the port.',
      severity: 'error',
      from: { pathNot: [...wiring, folder] },
      to: { path: files },
    })),
    {
      name: 'only-adapters-know-http',
      comment: 'The domain is used without HTTP as well.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(['http', 'module', 'cli']) },
      to: {
        path: packages(
          '@nestjs/swagger',
          '@nestjs/platform-express',
          'express',
          'fastify',
          'class-transformer',
        ),
      },
    },
    {
      name: 'the-client-needs-nothing-at-run-time',
      comment: 'It runs in browsers, and where Nest is not installed: only types come from other layers.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/client/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-queue-knows-redis',
      comment: 'Everything else uses the ports of the queue and of notifications.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(['queue', 'notifications', 'module', 'cli']) },
      to: { path: packages('bull', '@nestjs/bull', 'ioredis') },
    },
    {
      name: 'no-development-packages',
      comment: 'What only developers install is missing where the package is used.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
