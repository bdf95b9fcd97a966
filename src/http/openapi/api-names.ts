/** How the documentation calls what belongs to one module, so that two modules fit into one document. */
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
