import type { PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';

import { ValidationFailedException } from '../exceptions/index.js';
import { checked, knownFields, validated } from '../validation/validated.js';

/**
 * Makes a body into a checked DTO. Parameters that use it show Nest no class, so that a host's global pipe, with
 * whatever options, lets them be.
 */
export class BodyPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(
    private readonly type: Type<T>,
    private readonly options: { optional?: boolean } = {},
  ) {}

  transform(body: unknown): T {
    return validated(this.type, this.options.optional ? (body ?? {}) : body);
  }
}

/** Makes a query string into a checked DTO; class-transformer's decorators turn its texts into values. */
export class QueryPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(private readonly type: Type<T>) {}

  transform(query: unknown): T {
    const given = (query ?? {}) as Record<string, unknown>;
    const known = [...knownFields(this.type)].filter((field) => given[field] !== undefined);
    const repeated = known.filter((field) => typeof given[field] !== 'string');
    if (repeated.length > 0) {
      throw new ValidationFailedException(repeated.map((field) => `${field} must be given once`));
    }
    const texts = Object.fromEntries(known.map((field) => [field, given[field]]));
    return checked(plainToInstance(this.type, texts));
  }
}
