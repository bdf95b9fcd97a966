/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: [
    '<rootDir>/test/**/*.spec.ts',
    // What `npm run test:clients` alone installs.
    ...(process.env.COPILOTKIT_FOLDER ? ['<rootDir>/test/clients/*.latest-spec.ts'] : []),
  ],
  // Applications of their own, which a test installs and runs elsewhere.
  modulePathIgnorePatterns: ['<rootDir>/test/package/apps/'],
  // Node loads the tests, and compiles them; Jest only looks for what imports what.
  testRunner: '<rootDir>/test/support/jest/runner.mjs',
  testSequencer: '<rootDir>/test/support/jest/sequencer.mjs',
  transform: {},
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  injectGlobals: false,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // More than cores: tests of faults wait for leases and processes most of the time.
  maxWorkers: 4,
  testTimeout: 30_000,
};
