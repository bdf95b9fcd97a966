/**
 * Who imports `@jest/globals` gets those of the spec file that is run: spec files themselves a module of their
 * own, and support files, which are loaded once for many spec files, one that looks at each call.
 */
export function resolve(specifier, context, nextResolve) {
  if (specifier !== '@jest/globals') return nextResolve(specifier, context);
  const { parentURL } = context;
  const url = parentURL.endsWith('.spec.ts') ? `./own-globals.mjs?${parentURL}` : './shared-globals.mjs';
  return { url: new URL(url, import.meta.url).href, shortCircuit: true };
}
