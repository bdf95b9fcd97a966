/** Preloaded by Node: simulates that the packages listed in WITHOUT are not installed. */
const Module = require('node:module');

const absent = (process.env.WITHOUT ?? '').split(',');

const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (absent.includes(name)) {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, name, ...rest);
};

const hooks = `
export async function resolve(name, context, next) {
  if (${JSON.stringify(absent)}.includes(name)) {
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }
  return next(name, context);
}`;
Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
