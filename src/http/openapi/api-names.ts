/** Names of one module's operations and tags in the OpenAPI document, unique among the modules of an app. */
export interface ApiNames {
  tag(name: string): string;
  operation(name: string): string;
}

/** Names for the controller at `path`: those of a module with the prefix `support` begin with `support.`. */
export function apiNames(path: string): ApiNames {
  const prefix = path.split('/').slice(0, -1).join('.');
  const named = (name: string) => (prefix === '' ? name : `${prefix}.${name}`);
  return { tag: named, operation: named };
}
