/** A debugger of the parent's has its port already, and `--inspect-brk` would keep the child waiting for one. */
const INSPECTOR = /^--(?:inspect|debug-port)/;

/** Options whose value may be an argument of its own. */
const TAKES_VALUE = /^--(?:inspect-port|debug-port|inspect-publish-uid)$/;

/** Node's arguments for a child: the parent's own, without those of its debugger. */
export function withoutInspector(nodeArguments: readonly string[]): string[] {
  return nodeArguments.filter(
    (argument, index) =>
      !INSPECTOR.test(argument) && !(index > 0 && TAKES_VALUE.test(nodeArguments[index - 1] ?? '')),
  );
}

/** The environment for a child, without a debugger in `NODE_OPTIONS`. */
export function environmentWithoutInspector(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: nodeOptions } = environment;
  if (nodeOptions === undefined) return environment;
  return { ...environment, NODE_OPTIONS: withoutInspector(nodeOptions.split(' ')).join(' ') };
}
