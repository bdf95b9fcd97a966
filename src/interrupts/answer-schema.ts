import { Ajv, type SchemaObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Maximum size of a schema, in characters of JSON, because compiling a large one blocks the event loop. */
export const MAX_SCHEMA = 64 * 1024;

/** Maximum number of compiled schemas that are kept. */
const KEPT = 100;

/** The dialect that Zod and others write into their schemas. */
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

/** Compiled schemas by their JSON text, the least recently used first. */
const compiled = new Map<string, ValidateFunction>();

/**
 * What is wrong with a value by a JSON Schema (draft 7, or 2020-12 if its `$schema` says so), worded to follow the name of a field; undefined if it fits.
 * The schema is JSON text. Throws if it is no valid schema, or refers to another document.
 */
export function findSchemaProblem(schema: string, value: unknown, field: string): string | undefined {
  const validate = compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  const path = (error?.instancePath ?? '').slice(0, 120).replaceAll('/', '.');
  return `${field}${path} ${error?.message ?? 'does not fit the schema'}`;
}

/** Throws an Error with the reason if a schema (JSON text) cannot be used. */
export function checkSchema(schema: string): void {
  if (schema.length > MAX_SCHEMA) throw new Error(`it is larger than ${MAX_SCHEMA} characters of JSON`);
  compile(schema);
}

function compile(schema: string): ValidateFunction {
  const known = compiled.get(schema);
  if (known) {
    compiled.delete(schema);
    compiled.set(schema, known);
    return known;
  }
  // An instance of its own, because one remembers the $id of each schema and refuses another schema with the same.
  const parsed = JSON.parse(schema) as SchemaObject;
  const Dialect = parsed.$schema === DRAFT_2020 ? Ajv2020 : Ajv;
  const ajv = new Dialect({ strict: false, validateFormats: false, logger: false });
  const validate = ajv.compile(parsed);
  compiled.set(schema, validate);
  const [oldest] = compiled.keys();
  if (compiled.size > KEPT && oldest !== undefined) compiled.delete(oldest);
  return validate;
}
