import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

import { ROOT } from '../package/tarball.js';

/** The page of an example with its script, built as examples/README.md says. */
export async function servePage(example: string, alias: Record<string, string>): Promise<Server> {
  const folder = join(ROOT, 'examples', example);
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.jsx')],
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    alias,
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'silent',
  });
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const server = createServer((request, response) => {
    const isScript = request.url === '/dist/main.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? outputFiles[0]?.contents : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
