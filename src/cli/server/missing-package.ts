import { CommandFailure, oneLine } from '../failure.js';

/** The error messages of Node, TypeORM and Nest for a missing package. */
const FORMS = [
  /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)/,
  /(?:run|npm i(?:nstall)?) "?(?:npm i(?:nstall)?) ((?:@[\w.-]+\/)?[\w.-]+)/i,
];

/** A failure that names the package to install, if a package is missing; otherwise the error itself. */
export function missingPackage(error: unknown): unknown {
  const text = oneLine(error);
  const name = FORMS.map((form) => form.exec(text)?.[1]).find((found) => found !== undefined);
  return name === undefined ? error : new CommandFailure(`${name} is not installed: run npm install ${name}`);
}
