/**
 * What the class that documents a request's body implements: every field of the DTO that checks the body. The DTO
 * itself knows no OpenAPI, because requests in process are checked by it as well.
 */
export type Schema<Dto> = Record<keyof Dto, unknown>;
