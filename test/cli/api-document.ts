/** The parts of an OpenAPI document that the tests read. Unlike in Swagger's types, none of them is a reference. */
export interface ApiDocument {
  openapi: string;
  servers: { url: string }[];
  tags: { name: string; description?: string }[];
  security?: unknown[];
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, ApiSchema>; securitySchemes?: unknown };
}

export interface ApiOperation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: ApiSchema; description?: string }[];
  requestBody?: { required?: boolean; content: Record<string, ApiContent> };
  responses: Record<string, ApiAnswer>;
}

export interface ApiAnswer {
  description?: string;
  headers?: Record<string, { required?: boolean; schema?: ApiSchema }>;
  content?: Record<string, ApiContent>;
}

export interface ApiContent {
  schema?: ApiSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface ApiSchema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  format?: string;
  default?: unknown;
  properties?: Record<string, ApiSchema>;
  required?: string[];
  items?: ApiSchema;
  additionalProperties?: unknown;
  oneOf?: ApiSchema[];
  allOf?: ApiSchema[];
}

export async function readDocument(url: string): Promise<ApiDocument> {
  const response = await fetch(`${url}/docs-json`);
  if (response.status !== 200) throw new Error(`GET /docs-json answered ${response.status}`);
  return (await response.json()) as ApiDocument;
}

/** Every operation by its name `METHOD /path`. */
export function operationsOf({ paths }: ApiDocument): Map<string, ApiOperation> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );
}

/**
 * A short form of a schema: its type or the name of the schema it refers to, with `[]` for arrays and `?` for
 * nullable.
 */
export function brief(schema: ApiSchema = {}): string {
  const { $ref, type, items, enum: values, allOf, oneOf, nullable, format } = schema;
  const mark = nullable ? '?' : '';
  if ($ref) return $ref.replace('#/components/schemas/', '');
  if (oneOf) {
    const others = oneOf.filter((one) => !isNull(one));
    return others.map(brief).join(' | ') + (others.length < oneOf.length ? '?' : mark);
  }
  if (allOf) return allOf.map(brief).join(' & ');
  if (type === 'array') return `${brief(items)}[]${mark}`;
  return (values ? values.join(' | ') : (format ?? type ?? 'anything')) + mark;
}

function isNull({ nullable, enum: values }: ApiSchema): boolean {
  return nullable === true && values?.length === 1 && values[0] === null;
}

/** The fields of a named schema in the short form, optional ones with `?` after their names. */
export function fieldsOf({ components }: ApiDocument, name: string): Record<string, string> {
  const { properties = {}, required = [] } = components.schemas[name] ?? {};
  return Object.fromEntries(
    Object.entries(properties).map(([field, schema]) => [
      required.includes(field) ? field : `${field}?`,
      brief(schema),
    ]),
  );
}
