import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidateNested, type ValidationError, validateSync } from 'class-validator';

import { ValidationFailedException } from '../exceptions/index.js';
import { isJsonObject } from '../json/json-object.js';
import { findUnsafeJson } from '../json/json-safety.js';
import { failedCheck } from './check.js';

/** Maximum number of problems that an answer lists; it gives the number of further ones. */
const MAX_LISTED_PROBLEMS = 20;

const fieldsOfTypes = new WeakMap<Type<object>, Set<string>>();
const nestedTypes = new WeakMap<object, Map<string, () => Type<object>>>();

/**
 * A field that contains another DTO. Replaces class-transformer's `@Type`, because class-transformer calls the value
 * that a client sends as `constructor`, so such a key would cause a 500.
 */
export function Nested(type: () => Type<object>): PropertyDecorator {
  return (prototype, key) => {
    const types = nestedTypes.get(prototype) ?? new Map<string, () => Type<object>>();
    nestedTypes.set(prototype, types.set(String(key), type));
    ValidateNested()(prototype, key);
  };
}

/**
 * Creates a DTO from a client's input, with known fields only, each of them checked. Throws
 * ValidationFailedException, whose message names each bad field. A value that is already a DTO has been checked.
 */
export function validated<T extends object>(type: Type<T>, value: unknown): T {
  if (value instanceof type) return value;
  if (!isJsonObject(value)) throw new ValidationFailedException(['body must be a JSON object']);
  const unsafe = findUnsafeJson(value);
  if (unsafe) throw new ValidationFailedException([unsafe.toString()]);
  return checked(instantiate(type, value));
}

/**
 * Returns the DTO if all fields satisfy its decorators. Throws ValidationFailedException with one message per field:
 * that of its lowest failing decorator. So put the decorator for the type below those that depend on it.
 */
export function checked<T extends object>(dto: T): T {
  const errors = validateSync(dto, { forbidUnknownValues: false, stopAtFirstError: true });
  if (errors.length > 0) throw new ValidationFailedException(listedProblems(allProblems(errors)));
  return dto;
}

/** The names of the fields with decorators. */
export function knownFields(type: Type<object>): Set<string> {
  let fields = fieldsOfTypes.get(type);
  if (!fields) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    fields = new Set(metadata.map(({ propertyName }) => propertyName));
    fieldsOfTypes.set(type, fields);
  }
  return fields;
}

function instantiate<T extends object>(type: Type<T>, plain: Record<string, unknown>): T {
  const dto = new type();
  for (const field of knownFields(type)) {
    if (!Object.hasOwn(plain, field)) continue;
    const value = plain[field];
    const nested = nestedType(type, field);
    (dto as Record<string, unknown>)[field] =
      nested && isJsonObject(value) ? instantiate(nested, value) : value;
  }
  return dto;
}

function nestedType(type: Type<object>, field: string): Type<object> | undefined {
  let prototype = type.prototype as object | null;
  for (; prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const nested = nestedTypes.get(prototype)?.get(field);
    if (nested) return nested();
  }
  return undefined;
}

/** Runs all of these checks. If some throw ValidationFailedException, throws one with the problems of all. */
export function allValid<Results extends unknown[]>(
  ...checks: { [Index in keyof Results]: () => Results[Index] }
): Results {
  const problems: string[] = [];
  const results = checks.map((check) => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ValidationFailedException)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new ValidationFailedException(listedProblems(problems));
  return results as Results;
}

/** The first problems, and the number of further ones. */
export function listedProblems(problems: Iterable<string>): string[] {
  const first: string[] = [];
  let more = 0;
  for (const problem of problems) {
    if (first.length < MAX_LISTED_PROBLEMS) first.push(problem);
    else more++;
  }
  return more === 0 ? first : [...first, `${more} more ${more === 1 ? 'problem' : 'problems'}`];
}

function* allProblems(errors: ValidationError[], parent = ''): Generator<string> {
  for (const error of errors) {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const check = failedCheck(error.contexts);
    if (check) {
      for (const { path: where, expected } of check(error.value, path)) yield `${where} ${expected}`;
    } else {
      yield* Object.values(error.constraints ?? {}).map((message) =>
        message.startsWith(error.property)
          ? path + message.slice(error.property.length)
          : `${path}: ${message}`,
      );
    }
    yield* allProblems(error.children ?? [], path);
  }
}
