import { Logger } from '@nestjs/common';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { type AgentProvider, isAgent } from '../../agents/agent-provider.js';
import { CommandFailure, reportFailure } from '../failure.js';
import { explainLoadingError } from './error-place.js';
import { typeScriptHint } from './typescript-files.js';

/** Time after which a log line says that an agent's file is still loading. */
const LOADING_NOTICE_MS = 5_000;

/** The agent that a file exports as its default or under a name: `file.mjs:name`. */
export async function loadAgent(agentModule: string): Promise<AgentProvider> {
  const { file, name } = splitName(agentModule);
  const path = resolve(file);
  if (!existsSync(path)) throw new CommandFailure(`The agent file ${file} does not exist`);
  const module = await importModule(file, path);
  const agent = name === undefined ? defaultExport(module) : namedExport(module, name);
  if (!isAgent(agent)) {
    const where = name === undefined ? 'its default export' : `its export ${name}`;
    throw new CommandFailure(
      `The agent file ${file} must have a function, or an object with a method runTurn, as ${where}`,
    );
  }
  return agent;
}

/** An existing file takes precedence, because its name may contain a colon, as paths on Windows do. */
export function splitName(agentModule: string): { file: string; name?: string } {
  const [, file, name] = /^(.+):([^:\\/]+)$/.exec(agentModule) ?? [];
  if (file === undefined || existsSync(resolve(agentModule))) return { file: agentModule };
  return { file, name };
}

async function importModule(file: string, path: string): Promise<unknown> {
  const stopWatching = watch(file);
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const { what, place } = explainLoadingError(pathToFileURL(path).href, error);
    const where = place === undefined ? '' : ` (at ${place})`;
    throw new CommandFailure(
      `The agent file ${file} cannot be loaded: ${what}${where}${typeScriptHint(file, error)}`,
    );
  } finally {
    stopWatching();
  }
}

/**
 * Reports a file whose top-level `await` never settles; it would otherwise end the process, or block it, without a
 * message.
 */
function watch(file: string): () => void {
  const fail = () => {
    reportFailure(
      new CommandFailure(`The agent file ${file} cannot be loaded: a top-level await never ends`),
    );
  };
  process.once('beforeExit', fail);
  const timer = setTimeout(() => {
    new Logger('Server').warn(`Still loading ${file}`);
  }, LOADING_NOTICE_MS).unref();
  return () => {
    process.off('beforeExit', fail);
    clearTimeout(timer);
  };
}

/** Exports of a CommonJS module that Node does not detect exist only on its default export. */
function namedExport(module: unknown, name: string): unknown {
  const named = module as Record<string, unknown>;
  return named[name] ?? (named.default as Record<string, unknown> | undefined)?.[name];
}

/** CommonJS modules that were compiled from ES modules have their default export one level deeper. */
function defaultExport(module: unknown): unknown {
  const exported = (module as { default?: unknown }).default;
  const isWrapped = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isWrapped ? (exported as { default?: unknown }).default : exported;
}
