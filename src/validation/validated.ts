import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidateNested, type ValidationError, validateSync } from 'class-validator';

import { ValidationFailedException } from '../exceptions/index.js';
import { findUnsafeJson } from '../json/json-safety.js';

type JsonObject = Record<string, unknown>;

const fieldsOfTypes = new WeakMap<Type<object>, Set<string>>();
const nestedTypes = new WeakMap<object, Map<string, () => Type<object>>>();

/**
 * A field that holds another DTO, or a list of them. It stands where class-transformer's `@Type` usually does:
 * class-transformer calls whatever a client sends as `constructor`, so that such a key would end in a 500.
 */
export function Nested(type: () => Type<object>): PropertyDecorator {
  return (prototype, key) => {
    const types = nestedTypes.get(prototype) ?? new Map<string, () => Type<object>>();
    nestedTypes.set(prototype, types.set(String(key), type));
    ValidateNested()(prototype, key);
  };
}

/**
 * A DTO made from what a client sent: known fields only, each of them checked. Throws
 * ValidationFailedException, whose message names each bad field. What is a DTO already has been checked.
 */
export function validated<T extends object>(type: Type<T>, value: unknown): T {
  if (value instanceof type) return value;
  if (!isJsonObject(value)) throw new ValidationFailedException(['body must be a JSON object']);
  const unsafe = findUnsafeJson(value);
  if (unsafe) throw new ValidationFailedException([unsafe.toString()]);
  return checked(instantiate(type, value));
}

/**
 * The DTO itself, if its fields are as its decorators say. Throws ValidationFailedException, with one message per
 * field: that of its lowest decorator that fails. So a field's type stands below what only makes sense of it.
 */
export function checked<T extends object>(dto: T): T {
  const errors = validateSync(dto, { forbidUnknownValues: false, stopAtFirstError: true });
  if (errors.length > 0) throw new ValidationFailedException(errors.flatMap((error) => problems(error)));
  return dto;
}

/** The names of the fields that a DTO's decorators speak of. */
export function knownFields(type: Type<object>): Set<string> {
  let fields = fieldsOfTypes.get(type);
  if (!fields) {
    const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    fields = new Set(metadata.map(({ propertyName }) => propertyName));
    fieldsOfTypes.set(type, fields);
  }
  return fields;
}

function instantiate<T extends object>(type: Type<T>, plain: JsonObject): T {
  const dto = new type();
  for (const field of knownFields(type)) {
    if (!Object.hasOwn(plain, field)) continue;
    const nested = nestedType(type, field);
    (dto as JsonObject)[field] = nested ? instantiateNested(nested, plain[field]) : plain[field];
  }
  return dto;
}

function instantiateNested(type: Type<object>, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item: unknown) => (isJsonObject(item) ? instantiate(type, item) : item));
  return isJsonObject(value) ? instantiate(type, value) : value;
}

function nestedType(type: Type<object>, field: string): Type<object> | undefined {
  let prototype = type.prototype as object | null;
  for (; prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const nested = nestedTypes.get(prototype)?.get(field);
    if (nested) return nested();
  }
  return undefined;
}

function problems(error: ValidationError, parent = ''): string[] {
  const isIndex = /^\d+$/.test(error.property);
  const path = isIndex
    ? `${parent}[${error.property}]`
    : parent
      ? `${parent}.${error.property}`
      : error.property;
  const own = Object.values(error.constraints ?? {}).map((message) =>
    message.startsWith(error.property) ? path + message.slice(error.property.length) : `${path}: ${message}`,
  );
  return [...own, ...(error.children ?? []).flatMap((child) => problems(child, path))];
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
