import { currentGlobals } from './current-globals.mjs';

export const afterAll = late('afterAll');
export const afterEach = late('afterEach');
export const beforeAll = late('beforeAll');
export const beforeEach = late('beforeEach');
export const describe = late('describe');
export const expect = late('expect');
export const it = late('it');
export const jest = late('jest');
export const test = late('test');

/** Stands for a global of whichever spec file is run when it is called. */
function late(name) {
  return new Proxy(() => undefined, {
    apply: (_target, _this, args) => currentGlobals()[name](...args),
    get: (_target, key) => currentGlobals()[name][key],
  });
}
