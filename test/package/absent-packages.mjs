// Loads new copies of the package as if some other packages were not installed. What these copies import for the first
// time is loaded as usual, and shared by all.
import Module, { createRequire, register } from 'node:module';

const require = createRequire(import.meta.url);
const DIST = new URL('../../dist/', import.meta.url);

let copies = 0;
let absent = [];

/** Two copies, an ES module and a CommonJS module; each of them finds these packages missing until the next call. */
export const formats = [
  async (without) => {
    absent = without;
    const copy = new URLSearchParams({ copy: String((copies += 1)), absent: without.join() });
    return import(new URL(`esm/index.js?${String(copy)}`, DIST).href);
  },
  async (without) => {
    absent = without;
    const { pathname } = new URL('cjs/', DIST);
    for (const file of Object.keys(require.cache)) if (file.startsWith(pathname)) delete require.cache[file];
    return require(`${pathname}index.js`);
  },
];

const load = Module._load;
Module._load = function (name, ...rest) {
  if (!absent.includes(name)) return load.call(this, name, ...rest);
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
};

/** In Node's thread for hooks: who imports a copy says which packages are absent, and its modules are copies as well. */
const hooks = `
let absent = [];
export async function resolve(name, context, next) {
  if (absent.includes(name)) {
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }
  const found = await next(name, context);
  if (!found.url.startsWith(${JSON.stringify(new URL('esm/', DIST).href)})) return found;
  const { searchParams } = new URL(found.url);
  if (searchParams.has('absent')) {
    absent = searchParams.get('absent').split(',');
    return found;
  }
  return { ...found, url: found.url + new URL(context.parentURL).search };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
