import type { PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';

import { ValidationFailedException } from '../exceptions/index.js';
import { allValid, checked, knownFields, validated } from '../validation/validated.js';

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

  transform(parsed: unknown): T {
    const texts: Record<string, string> = {};
    const repeated: string[] = [];
    for (const field of knownFields(this.type)) {
      const value = (parsed as Record<string, unknown> | undefined)?.[field];
      if (typeof value === 'string') texts[field] = value;
      else if (value !== undefined) repeated.push(`${field} must be given once`);
    }
    const [query] = allValid<[T, undefined]>(
      () => checked(plainToInstance(this.type, texts)),
      () => {
        if (repeated.length > 0) throw new ValidationFailedException(repeated);
        return undefined;
      },
    );
    return query;
  }
}
