import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { loadAgent } from '../../src/cli/server/load-agent.js';
import { startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { sqliteInProcess, type Stack, startApp } from '../support/stacks.js';
import { agentFile } from './command.js';

const onSqlite: Stack = { ...sqliteInProcess, adapter: 'express' };

const answers = (word: string) => `() => ${JSON.stringify(word)}`;

const files: { file: string; source: string; start: string; says: string }[] = [
  {
    file: 'two.mjs',
    source: `export default ${answers('default')}; export const other = ${answers('other')};`,
    start: 'two.mjs:other',
    says: 'other',
  },
  {
    file: 'two.mjs',
    source: `export default ${answers('default')}; export const other = ${answers('other')};`,
    start: 'two.mjs:default',
    says: 'default',
  },
  {
    file: 'object.mjs',
    source: `export class Support { runTurn() { return 'class'; } }`,
    start: './object.mjs:Support',
    says: 'class',
  },
  {
    file: 'common.cjs',
    source: `const all = { other: ${answers('other')} }; module.exports = all;`,
    start: 'common.cjs:other',
    says: 'other',
  },
  {
    file: 'function.mjs',
    source: `export default ${answers('function')};`,
    start: 'function.mjs',
    says: 'function',
  },
  {
    file: 'class.mjs',
    source: `export default class { #word = 'class'; runTurn() { return this.#word; } }`,
    start: 'class.mjs',
    says: 'class',
  },
  {
    file: 'instance.mjs',
    source: `export default { word: 'object', runTurn() { return this.word; } };`,
    start: './instance.mjs',
    says: 'object',
  },
  {
    file: 'own:name.mjs',
    source: `export default ${answers('own name')};`,
    start: 'own:name.mjs',
    says: 'own name',
  },
  {
    file: 'own:name.mjs',
    source: `export default ${answers('own name')}; export const x = ${answers('x')};`,
    start: 'own:name.mjs:x',
    says: 'x',
  },
];

describe('an agent file', () => {
  let folder: TemporaryFolder;
  const cwd = process.cwd();
  beforeEach(async () => {
    folder = await temporaryFolder();
    process.chdir(folder.path);
  });
  afterEach(async () => {
    process.chdir(cwd);
    await folder.remove();
  });

  it.each(files)(
    'loaded as $start is the export that answers $says',
    async ({ file, source, start, says }) => {
      await agentFile(folder.path, source, file);
      const app = await startApp(onSqlite, { agent: await loadAgent(start) });
      expect((await app.client.ask(await app.client.newSession(), 'hi')).response?.content).toBe(says);
      await app.close();
    },
  );

  it('is served by start, which logs only warnings with --log-level warning', async () => {
    await agentFile(folder.path, `export const other = ${answers('other')};`);
    const server = await startServer(['agent.mjs:other', '--log-level', 'warning'], { cwd: folder.path });
    const client = new SessionsClient(server.url);
    expect((await client.ask(await client.newSession(), 'hi')).response?.content).toBe('other');
    expect(await server.stop()).toBe(0);
    expect(server.stdout() + server.stderr()).toBe('');
  });
});
