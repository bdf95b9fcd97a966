import { jest } from '@jest/globals';
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

import type { Outcome } from './command.js';

const program = pathToFileURL(join(import.meta.dirname, '../../dist/esm/cli/program.js')).href;

/** Stands for the end of the process, which ends nothing here. */
class Exit extends Error {}

/**
 * Runs `agent-sessions …args` within this process: for clients, and for servers that fail before they start anything.
 * Starting a process for each costs most of what a test of it takes. One command at a time, because it uses what
 * belongs to the whole process.
 */
export async function runInProcess(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
  input = '',
): Promise<Outcome> {
  const { runProgram } = (await import(program)) as { runProgram: () => Promise<void> };
  const { argv, exitCode } = process;
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const begun = performance.now();
  const outcome: Outcome = { code: null, stdout: '', stderr: '', took: 0 };
  const mocks = [
    ...(['stdout', 'stderr'] as const).map((stream) =>
      jest.spyOn(process[stream], 'write').mockImplementation((text) => {
        if (outcome.code === null) outcome[stream] += String(text);
        return true;
      }),
    ),
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      outcome.code ??= Number(code ?? 0);
      throw new Exit();
    }),
  ];
  const removeListeners = watchListeners(process, process.stdout, process.stderr);
  const restore = [
    replace(process, 'stdin', Readable.from(input === '' ? [] : [Buffer.from(input)])),
    replace(process.stdout, 'isTTY', false),
    replace(process.stderr, 'isTTY', false),
  ];
  Object.assign(process, { argv: [process.execPath, 'agent-sessions', ...args], exitCode: undefined });
  Object.assign(process.env, env);
  process.chdir(cwd);
  try {
    await runProgram();
    outcome.code = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    process.chdir(before.cwd);
    Object.assign(process, { argv, exitCode });
    for (const name of Object.keys(env)) {
      if (before.env[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before.env[name];
    }
    for (const mock of mocks) mock.mockRestore();
    for (const undo of restore) undo();
    removeListeners();
  }
  return { ...outcome, took: performance.now() - begun };
}

/** Replaces a property until the returned function is called. */
function replace(object: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(object, name, before);
    else Reflect.deleteProperty(object, name);
  };
}

/** Returns how to remove all listeners that are added from now on. */
function watchListeners(...emitters: EventEmitter[]): () => void {
  const removals = emitters.map((emitter) => {
    const before = new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name)]));
    return () => {
      for (const name of emitter.eventNames()) {
        const added = emitter.rawListeners(name).filter((one) => !before.get(name)?.includes(one));
        for (const listener of added) emitter.off(name, listener as () => void);
      }
    };
  });
  return () => {
    for (const remove of removals) remove();
  };
}
