import { describe, expect, it } from '@jest/globals';

import { startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder } from '../support/folders.js';
import { agentFile } from './command.js';

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

describe('start', () => {
  it.each(files)('$start serves the agent that says $says', async ({ file, source, start, says }) => {
    const folder = await temporaryFolder();
    await agentFile(folder.path, source, file);
    const server = await startServer([start, '--log-level', 'warning'], { cwd: folder.path });
    const client = new SessionsClient(server.url);
    expect((await client.ask(await client.newSession(), 'hi')).response?.content).toBe(says);
    expect(await server.stop()).toBe(0);
    // The log level is that of warnings.
    expect(server.stdout() + server.stderr()).toBe('');
    await folder.remove();
  });
});
