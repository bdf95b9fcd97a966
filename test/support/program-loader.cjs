// Runs a program of the bundle of `programs.ts`. V8 takes the compiled functions from a file, because to compile
// them takes half of a start.
const { readFileSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const PARAMETERS = 'module, require, __filename, __dirname, nodeImport';

module.exports = (folder, script, name) => {
  const [file, cache] = [join(folder, `${script}.js`), join(folder, `${script}.cache`)];
  const compiling = process.env.TEST_PROGRAMS_COMPILE !== undefined;
  const source = `(function (${PARAMETERS}) {${readFileSync(file, 'latin1')}\n})`;
  // V8 compiles what it does not find there, and everything where Node's options differ.
  const compiled = new Script(source, {
    filename: file,
    cachedData: compiling ? undefined : readFileSync(cache),
  });
  if (compiling) process.on('exit', () => writeFileSync(cache, compiled.createCachedData()));
  const module = { exports: {} };
  const nodeImport = (specifier) => import(specifier);
  compiled.runInThisContext()(module, createRequire(file), file, folder, nodeImport);
  return module.exports.programs[name]();
};
