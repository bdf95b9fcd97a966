/** The TypeScript type of each SQL type. SQLite stores arrays as JSON text and booleans as 0 and 1. */
interface SqlTypes {
  text: string;
  uuid: string;
  int: number;
  bigint: number;
  boolean: boolean;
  'text[]': readonly (string | null)[];
  'uuid[]': readonly (string | null)[];
  'int[]': readonly number[];
  'bigint[]': readonly number[];
}

export type SqlType = keyof SqlTypes;

/** The parameters of a statement by name, each with its type; `?` after a type allows null. */
export type Parameters = Readonly<Record<string, SqlType | `${SqlType}?`>>;

/** The values of a statement with these parameters. */
export type Values<P extends Parameters> = {
  [Name in keyof P]: P[Name] extends `${infer Type extends SqlType}?`
    ? SqlTypes[Type] | null
    : P[Name] extends SqlType
      ? SqlTypes[P[Name]]
      : never;
};

/** Rejects names that the statement does not have, also in a spread object. */
type Exactly<Given, Wanted> = Given & Record<Exclude<keyof Given, keyof Wanted>, never>;

/** A statement: called with exactly the values of its parameters, it returns a query. */
export type Statement<P extends Parameters, Query> = <Given extends Values<P>>(
  values: Exactly<Given, Values<P>>,
) => Query;

/** The text for the driver, and the names of its parameters in the order of their first use. */
export interface CompiledText {
  text: string;
  names: string[];
}

/** To skip: literals, quoted names and casts; to replace: `:name`. Array slices are not supported. */
const PLACEHOLDER = /'(?:[^']|'')*'|"[^"]*"|::|:([A-Za-z]\w*)/g;

/** The fields of a JSON object: alternately a name and its value. */
export function fieldList(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `'${name}', ${value}`)
    .join(', ');
}

/**
 * Replaces each `:name` of a statement by the dialect's placeholder, once, when the module is loaded. Throws if the
 * names in the text and in the declared parameters differ.
 */
export function compile(
  statement: { name: string; text: string; parameters: Parameters },
  placeholder: (name: string, type: SqlType, position: number) => string,
): CompiledText {
  const { name: title, parameters } = statement;
  const names: string[] = [];
  const text = statement.text.replace(PLACEHOLDER, (token, name?: string) => {
    if (name === undefined) return token;
    const type = parameters[name];
    if (type === undefined) throw new Error(`Statement ${title}: parameter :${name} is not declared`);
    if (!names.includes(name)) names.push(name);
    return placeholder(name, type.replace('?', '') as SqlType, names.indexOf(name) + 1);
  });
  const unused = Object.keys(parameters).filter((name) => !names.includes(name));
  if (unused.length > 0) throw new Error(`Statement ${title} does not use :${unused.join(', :')}`);
  return { text, names };
}
