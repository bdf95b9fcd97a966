import type { Type } from '@nestjs/common';

/** Nest's metadata of constructor parameters: their types, and the tokens that `@Inject` sets for some. */
const PARAMETER_TYPES = 'design:paramtypes';
const INJECTED_PARAMETERS = 'self:paramtypes';
const OPTIONAL_PARAMETERS = 'optional:paramtypes';
/** The same for properties with `@Inject`. */
const INJECTED_PROPERTIES = 'self:properties_metadata';
const OPTIONAL_PROPERTIES = 'optional:properties_metadata';

/** An injection token of Nest. */
export type Token = string | symbol | Type;

/** A dependency of a class. */
export interface Dependency {
  token: Token;
  isOptional: boolean;
}

/** All dependencies of a class. */
export interface Dependencies {
  parameters: Dependency[];
  properties: Record<string, Dependency>;
}

/**
 * The dependencies of an agent's class. Throws an Error if they are unknown, because a class that was compiled
 * without decorator metadata (by tsx, esbuild or Vitest) would get undefined for them.
 */
export function dependenciesOf(agentClass: Type): Dependencies {
  const types = (Reflect.getMetadata(PARAMETER_TYPES, agentClass) ?? []) as Token[];
  const injected = (Reflect.getMetadata(INJECTED_PARAMETERS, agentClass) ?? []) as {
    index: number;
    param: unknown;
  }[];
  const optional = (Reflect.getMetadata(OPTIONAL_PARAMETERS, agentClass) ?? []) as number[];
  const length = Math.max(agentClass.length, types.length, ...injected.map(({ index }) => index + 1));
  const parameters = Array.from({ length }, (_, index): Dependency => {
    const own = injected.find((parameter) => parameter.index === index);
    const token = tokenOf(own?.param ?? types[index]);
    if (token === undefined) throw unknown(agentClass, `parameter ${index + 1} of its constructor`);
    return { token, isOptional: optional.includes(index) };
  });
  const fields = (Reflect.getMetadata(INJECTED_PROPERTIES, agentClass) ?? []) as {
    key: string;
    type: unknown;
  }[];
  const optionalFields = (Reflect.getMetadata(OPTIONAL_PROPERTIES, agentClass) ?? []) as string[];
  const properties = fields.map(({ key, type }): [string, Dependency] => {
    const token = tokenOf(type);
    if (token === undefined) throw unknown(agentClass, `its property ${key}`);
    return [key, { token, isOptional: optionalFields.includes(key) }];
  });
  return { parameters, properties: Object.fromEntries(properties) };
}

function tokenOf(declared: unknown): Token | undefined {
  const isForward = typeof declared === 'object' && declared !== null && 'forwardRef' in declared;
  return (isForward ? (declared.forwardRef as () => Token)() : declared) as Token | undefined;
}

function unknown({ name }: Type, what: string): Error {
  return new Error(
    `The agent ${name} cannot be made, because what to inject as ${what} is not known: write @Inject(Token) before ` +
      'it. (The class may have been compiled without decorator metadata, as tsx, esbuild and Vitest do.)',
  );
}
