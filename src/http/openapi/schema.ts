/**
 * Implemented by the class that documents a request's body: it has every field of the DTO that checks the body. The
 * DTO itself has no OpenAPI decorators, because it also checks requests in process.
 */
export type Schema<Dto> = Record<keyof Dto, unknown>;
