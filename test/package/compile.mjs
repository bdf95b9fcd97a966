// Compiles projects as `tsc -p` does, with the TypeScript that the current folder has: node compile.mjs tsconfig.json …
// Of the declarations of packages it checks only those of this package, because all others would be most of the work.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const ts = createRequire(join(process.cwd(), 'package.json'))('typescript');

/** Other packages, but not this one, which an application has installed or which is built here. */
const FOREIGN = /\/node_modules\/(?!nestjs-agent-sessions\/(?!.*\/node_modules\/))/;

/** Several projects read the same files. */
const parsed = new Map();

const problems = process.argv.slice(2).flatMap(compile);
process.stdout.write(
  ts.formatDiagnostics(problems, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  }),
);
process.exitCode = problems.length > 0 ? 1 : 0;

function compile(project) {
  const unreadable = [];
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
    project,
    { skipLibCheck: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => unreadable.push(problem) },
  ) ?? { errors: unreadable };
  if (errors.length > 0) return errors;
  const program = ts.createProgram(fileNames, options, hostOf(options));
  const checked = program.getSourceFiles().filter(({ fileName }) => !FOREIGN.test(fileName));
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
    // Without a file, it would check all of them before.
    ...checked.flatMap((file) => program.emit(file).diagnostics),
  ];
}

function hostOf(options) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, language, ...rest) => {
    const key = JSON.stringify([name, language]);
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, language, ...rest));
    return parsed.get(key);
  };
  return host;
}
