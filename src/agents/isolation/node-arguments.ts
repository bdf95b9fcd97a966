/** The parent's debugger already uses its port, and `--inspect-brk` would make the child wait for a debugger. */
const INSPECTOR = /^--(?:inspect|debug-port)/;

/** Options whose value may be a separate argument. */
const TAKES_VALUE = /^--(?:inspect-port|debug-port|inspect-publish-uid)$/;

/** Node's arguments for a child: the parent's, without debugger options. */
export function withoutInspector(nodeArguments: readonly string[]): string[] {
  return nodeArguments.filter(
    (argument, index) =>
      !INSPECTOR.test(argument) && !(index > 0 && TAKES_VALUE.test(nodeArguments[index - 1] ?? '')),
  );
}

/** The environment of a child, without debugger options in `NODE_OPTIONS`. */
export function environmentWithoutInspector(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: nodeOptions } = environment;
  if (nodeOptions === undefined) return environment;
  return { ...environment, NODE_OPTIONS: withoutInspector(nodeOptions.split(' ')).join(' ') };
}
