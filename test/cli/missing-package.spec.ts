import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { missingPackage } from '../../src/cli/server/missing-package.js';
import { BUILT } from '../support/cli.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { bundled } from '../support/programs.js';
import { agentFile, ECHO, run } from './command.js';

/** Preloaded by Node: simulates that a package is not installed. */
const WITHOUT = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name === process.env.WITHOUT) {
    throw Object.assign(new Error(\`Cannot find module '\${name}'\`), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, name, ...rest);
};`;

describe('a package that is not installed', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await agentFile(folder.path, ECHO);
    await writeFile(join(folder.path, 'without.cjs'), WITHOUT);
  });
  afterAll(() => folder.remove());

  it.each([
    { driver: 'better-sqlite3', args: [], program: bundled(BUILT) },
    // The bundle contains it.
    { driver: 'pg', args: ['--database', 'postgres://127.0.0.1/x'], program: BUILT },
  ])('is named with the command that installs it: $driver', async ({ driver, args, program }) => {
    const env = { WITHOUT: driver, NODE_OPTIONS: `--require=${join(folder.path, 'without.cjs')}` };
    const start = ['start', 'agent.mjs', '--port', '0', ...args];
    expect(await run(start, folder.path, env, program)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `agent-sessions: ${driver} is not installed: run npm install ${driver}\n`,
    });
  });

  it('is recognized in the errors of Node, TypeORM and Nest', () => {
    const said = (text: string) => (missingPackage(new Error(text)) as Error).message;
    const answer = '@nestjs/platform-express is not installed: run npm install @nestjs/platform-express';
    expect(said("Cannot find package '@nestjs/platform-express' imported from /a/b.js")).toBe(answer);
    expect(said("Cannot find module '@nestjs/platform-express/index.js'\nRequire stack:")).toBe(answer);
    expect(said('Please run "npm install @nestjs/platform-express" to continue')).toBe(answer);
  });

  it('is not recognized in other errors', () => {
    const error = new Error('Cannot find the way');
    expect(missingPackage(error)).toBe(error);
  });
});
