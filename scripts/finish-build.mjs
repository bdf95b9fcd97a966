// The CommonJS output declares its module type, because the package as a whole is ES modules; the command line
// becomes executable.
import { chmod, writeFile } from 'node:fs/promises';

// It must name #console-page again, and a package.json names only what is beside it.
const imports = { '#console-page': './console-page.cjs' };
await writeFile('dist/cjs/console-page.cjs', "module.exports = require('../console/page.cjs');\n");
await writeFile('dist/cjs/package.json', `${JSON.stringify({ type: 'commonjs', imports })}\n`);
await chmod('dist/esm/cli/main.js', 0o755);
