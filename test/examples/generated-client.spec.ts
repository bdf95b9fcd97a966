import { expect, it } from '@jest/globals';
import { join } from 'node:path';

import { startServer } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { Example } from './example.js';

const demo = join(import.meta.dirname, '../../demo/agent.mjs');

it('types generated from a server make a working client', async () => {
  const [example, folder] = await Promise.all([Example.read('generated-client'), temporaryFolder()]);
  const server = await startServer([demo], { cwd: folder.path });
  try {
    const edit = (command: string) => command.replace('http://127.0.0.1:8000', server.url);
    await example.run('openapi-typescript', { edit });
    await example.run('tsc');
    expect((await example.run('dist/client.js', { edit })).split('\n')).toEqual([
      'It is sunny in Paris.',
      '  user: weather Paris',
      '  assistant: get_weather',
      '  tool: {"city":"Paris","sky":"sunny"}',
      '  assistant: It is sunny in Paris.',
      '',
    ]);
  } finally {
    await server.stop();
    await folder.remove();
  }
}, 60_000);
