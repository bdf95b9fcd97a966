import type { PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';

import { ValidationFailedException } from '../exceptions/index.js';
import { checked, knownFields, validated } from '../validation/validated.js';

/**
 * Converts a body into a checked DTO. Its parameters have no class in Nest's metadata, so a host's global
 * ValidationPipe skips them, with any options.
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

/** Converts a query string into a checked DTO; class-transformer's decorators convert its texts to values. */
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
