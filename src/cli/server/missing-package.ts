import { CommandFailure, oneLine } from '../failure.js';

/** How Node names a package that is not there, and how TypeORM and Nest do. */
const FORMS = [
  /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)/,
  /(?:run|npm i(?:nstall)?) "?(?:npm i(?:nstall)?) ((?:@[\w.-]+\/)?[\w.-]+)/i,
];

/** A failure that names the package to install, where a missing package is what went wrong; else the error itself. */
export function missingPackage(error: unknown): unknown {
  const text = oneLine(error);
  const name = FORMS.map((form) => form.exec(text)?.[1]).find((found) => found !== undefined);
  return name === undefined ? error : new CommandFailure(`${name} is not installed: run npm install ${name}`);
}
