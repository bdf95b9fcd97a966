import circus from 'jest-circus/runner';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

import '../typescript.mjs';
import { setCurrentGlobals } from './current-globals.mjs';
import { useOriginalStacks } from './original-stacks.mjs';

register('./hooks.mjs', import.meta.url);
if (process.env.CLIENTS_FOLDER) register('./latest-clients.mjs', import.meta.url);

const require = createRequire(import.meta.url);

/**
 * Jest's own runner of spec files, except that Node loads them and what they import, once per worker. Jest would
 * load everything anew for each file, in a context of its own: more than a second each time for Nest and TypeORM.
 */
export default function run(globalConfig, config, environment, runtime, testPath, sendMessage) {
  const jest = jestObject(environment, config);
  const sharedRuntime = Object.assign(Object.create(runtime), {
    requireInternalModule: requireAnew,
    setGlobalsForRuntime: (globals) => setCurrentGlobals({ ...globals, jest }),
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (path) => import(pathToFileURL(path).href),
  });
  // Here, because Jest sets up its own for each file, which know only what Jest has loaded.
  useOriginalStacks();
  const end = () => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  };
  return circus.default(globalConfig, config, environment, sharedRuntime, testPath, sendMessage).finally(end);
}

/** The framework keeps the tests of a file in its module, and its handlers of events in a global. */
function requireAnew(path) {
  Reflect.deleteProperty(globalThis, Symbol.for('EVENT_HANDLERS'));
  Reflect.deleteProperty(require.cache, path);
  return require(path);
}

/** What spec files use of the object `jest`, working on the globals that they and the packages share. */
function jestObject({ moduleMocker, fakeTimersModern }, config) {
  const mocks = new moduleMocker.constructor(globalThis);
  const timers = new fakeTimersModern.constructor({ config, global: globalThis });
  return {
    fn: mocks.fn.bind(mocks),
    spyOn: mocks.spyOn.bind(mocks),
    restoreAllMocks: mocks.restoreAllMocks.bind(mocks),
    useFakeTimers: timers.useFakeTimers.bind(timers),
    useRealTimers: timers.useRealTimers.bind(timers),
    advanceTimersByTime: timers.advanceTimersByTime.bind(timers),
    advanceTimersByTimeAsync: timers.advanceTimersByTimeAsync.bind(timers),
    getTimerCount: timers.getTimerCount.bind(timers),
  };
}
