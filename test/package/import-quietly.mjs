// Reports, as JSON, what loading the package, first with `import` and then with `require`, changes in a process that has
// already loaded its peer dependencies: open handles, listeners, environment variables, and replaced globals, Node
// modules and packages. Runs in the folder of an application that has them all.
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(import.meta.url);

const PEERS = [
  ...['reflect-metadata', 'rxjs', 'typeorm', 'bull', 'class-validator', 'class-transformer'],
  ...['common', 'core', 'platform-express', 'swagger', 'bull', 'typeorm'].map((name) => `@nestjs/${name}`),
];
const NODE = [
  'async_hooks',
  'child_process',
  'dns',
  'events',
  'fs',
  'http',
  'https',
  'module',
  'net',
  'timers',
];

/** Handles that are open while modules are read, or belong to the process's output. */
const PASSING = ['CloseReq', 'FSReqCallback', 'FSReqPromise', 'PipeWrap', 'TTYWrap'];

/** Node's caches of loaded modules. */
const MODULE_CACHE = /^module\._(c|pathC)ache\./;

/** Depth to which functions are followed: a class, its prototype, a method. */
const DEPTH = 2;

const parts = new Map([['globals', () => globalThis]]);
for (const name of NODE) {
  // Node creates some properties of its modules (`fs.Dir`) on their first import.
  await import(`node:${name}`);
  parts.set(name, () => require(`node:${name}`));
}
for (const name of PEERS) {
  const exported = await import(name);
  // Copied, because compilers emit a package's exports as getters.
  parts.set(name, () => ({ ...exported }));
}
// They create their registries when the first decorator uses them.
parts.get('class-validator')().getMetadataStorage();
parts.get('typeorm')().getMetadataArgsStorage();

const imported = await changesOf(() => import('nestjs-agent-sessions'));
const required = await changesOf(() => require('nestjs-agent-sessions'));
process.stdout.write(JSON.stringify({ imported, required }));

async function changesOf(load) {
  const before = look();
  const loaded = await load();
  const after = look();
  const everything = new Set([...before.keys(), ...after.keys()]);
  const interop = ['default', 'module.exports', '__esModule'];
  return {
    exports: Object.keys(loaded).filter((name) => !interop.includes(name)),
    changes: [...everything].filter(
      (what) => !Object.is(before.get(what), after.get(what)) && !MODULE_CACHE.test(what),
    ),
  };
}

/** A snapshot of the process: everything that loading could change, each with a unique name. */
function look() {
  const open = process.getActiveResourcesInfo().filter((kind) => !PASSING.includes(kind));
  return new Map([
    ...open.map((kind) => [`open ${kind}`, open.filter((other) => other === kind).length]),
    ...process.eventNames().map((name) => [`listeners ${String(name)}`, process.listenerCount(name)]),
    ...Object.entries(process.env).map(([name, value]) => [`environment ${name}`, value]),
    ...[...parts].flatMap(([name, exported]) => properties(name, exported(), DEPTH)),
  ]);
}

/** The properties of an object and its nested objects, and those of functions and their prototypes below. */
function properties(path, object, depth) {
  if (object === undefined || object === null) return [];
  return Reflect.ownKeys(object).flatMap((key) => {
    const { value, get } = Reflect.getOwnPropertyDescriptor(object, key);
    const name = `${path}.${String(key)}`;
    const own = [[name, get ?? value]];
    if (typeof value === 'function' || key === 'prototype') {
      return depth === 0 ? own : [...own, ...properties(name, value, depth - 1)];
    }
    return typeof value === 'object' && depth === DEPTH ? [...own, ...properties(name, value, 0)] : own;
  });
}
