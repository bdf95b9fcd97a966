import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const CLIENTS = ['@ag-ui/client', 'ag-ui-client-0', 'ai', 'ai-7'];

/** With `npm run test:clients`, tests import the clients of its folder. */
export function resolve(specifier, context, nextResolve) {
  const isTest = context.parentURL?.endsWith('.ts') && CLIENTS.includes(specifier);
  if (!isTest) return nextResolve(specifier, context);
  const parentURL = pathToFileURL(join(process.env.CLIENTS_FOLDER, 'package.json')).href;
  return nextResolve(specifier, { ...context, parentURL });
}
