import { applyDecorators, SerializeOptions } from '@nestjs/common';

/** What class-transformer takes an answer, and all that is in it, for instances of. */
class Answer {
  [field: string]: unknown;
}

/** The type of every field: class-transformer then takes none from a value's own `constructor` key, and fails. */
const ALL_FIELDS = new Proxy<Record<string, typeof Answer>>({}, { get: () => Answer });

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** Gives a method's answers a class, which class-transformer needs for `targetMaps`. */
function answering(method: Method): Method {
  async function answer(this: unknown, ...parameters: unknown[]): Promise<unknown> {
    const given = await method.apply(this, parameters);
    return Array.isArray(given) ? given.map(toAnswer) : toAnswer(given);
  }
  // What decorators have said of the method: its route, its status.
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), answer);
  }
  return Object.defineProperty(answer, 'name', { value: method.name });
}

/** Done to the methods and not by an interceptor, which would cost each request several times as much. */
function answersHaveAClass({ prototype }: { prototype: object }): void {
  const methods = prototype as Record<string, Method>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = methods[name];
    if (name !== 'constructor' && method) methods[name] = answering(method);
  }
}

function toAnswer(value: unknown): unknown {
  const isPlain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.assign(new Answer(), value) : value;
}

/**
 * Keeps a global ClassSerializerInterceptor of the host from changing a controller's answers, with any defaults:
 * answers are JSON with the fields of the API. Other interceptors are not affected.
 */
export const AnswersAsTheyAre = () =>
  applyDecorators(
    answersHaveAClass,
    SerializeOptions({
      strategy: 'exposeAll',
      excludePrefixes: [],
      ignoreDecorators: true,
      exposeUnsetFields: true,
      targetMaps: [{ target: Answer, properties: ALL_FIELDS }],
      groups: undefined,
      version: undefined,
      type: undefined,
    }),
  );
