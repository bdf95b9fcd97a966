/** Imports run one way: cli -> module -> controllers -> services -> stores -> entities. */

/** Each driver: the folder that it lives in, whose files may know each other, and its files. */
const drivers = {
  postgres: { folder: '^src/database/postgres/', files: '^src/database/postgres/' },
  sqlite: { folder: '^src/database/sqlite/', files: '^src/database/sqlite/' },
  queue: { folder: '^src/queue/', files: '^src/queue/(bull|in-process)-' },
  notifications: { folder: '^src/notifications/', files: '^src/notifications/(redis|in-process)-' },
};

/** The only places where drivers are chosen. */
const wiring = ['^src/sessions\\.(module|providers)\\.ts$', '^src/cli/', '^src/database/stores\\.ts$'];

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
    {
      name: 'lower-layers-do-not-look-up',
      comment: 'Stores, agents and ports know no controllers, no command line and no wiring.',
      severity: 'error',
      from: {
        path: ['^src/(turns|agents|database|notifications|queue)/', '^src/messages/.*repository'],
      },
      to: { path: ['\\.controller\\.ts$', '^src/cli/', '^src/sessions\\.module\\.ts$'] },
    },
    ...Object.entries(drivers).map(([name, { folder, files }]) => ({
      name: `only-the-wiring-knows-the-${name}-drivers`,
      comment: 'Everything else imports the port.',
      severity: 'error',
      from: { pathNot: [...wiring, folder] },
      to: { path: files },
    })),
    {
      name: 'nothing-imports-the-command-line',
      comment: 'It is built as ES modules only and reads process.env; the module does neither.',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'messages-know-no-queue',
      severity: 'error',
      from: { path: '^src/messages/' },
      to: { path: packages('bull', '@nestjs/bull') },
    },
    {
      name: 'turns-know-no-http',
      severity: 'error',
      from: { path: '^src/turns/' },
      to: { path: packages('express', '@nestjs/platform-express') },
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
