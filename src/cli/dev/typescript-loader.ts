import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { CommandFailure } from '../failure.js';
import { splitName } from '../server/load-agent.js';
import { isTypeScript } from '../server/typescript-files.js';

/** The package that compiles TypeScript when a file is loaded, an optional peer dependency. */
const LOADER = 'tsx';

/**
 * The URL of the loader's module for `--import`; undefined if it is not installed and the agent's file does not need
 * it. The loader of the agent's project is preferred to the one beside this package.
 */
export function loaderFor(agentModule: string): string | undefined {
  const { file } = splitName(agentModule);
  const found = [resolve(file), import.meta.filename].map(resolveFrom).find((path) => path !== undefined);
  if (found !== undefined) return pathToFileURL(found).href;
  if (!isTypeScript(file)) return undefined;
  throw new CommandFailure(
    `The agent file ${file} is TypeScript, which needs ${LOADER}: run npm install --save-dev ${LOADER}`,
  );
}

function resolveFrom(file: string): string | undefined {
  try {
    return createRequire(file).resolve(LOADER);
  } catch {
    return undefined;
  }
}
