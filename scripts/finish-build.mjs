// The CommonJS output declares its module type, because the package as a whole is ES modules; the command line
// becomes executable.
import { chmod, writeFile } from 'node:fs/promises';

await writeFile('dist/cjs/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
await chmod('dist/esm/cli/main.js', 0o755);
