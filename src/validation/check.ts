import { Validate, type ValidationArguments, ValidatorConstraint } from 'class-validator';

/** One problem with a value. */
export interface Problem {
  /** The path, such as `tool_calls[0].function.name`. */
  path: string;
  /** The expectation, worded to follow the path: `must be a string`. */
  expected: string;
}

/**
 * Yields the problems of the value at `path` one by one. Callers take as many as they need, so a value with many
 * problems costs no more than the first of them.
 */
export type Check = (value: unknown, path: string) => Iterable<Problem>;

/** Name of the constraint whose context in class-validator's errors is the check. */
const CHECK_CONSTRAINT = 'check';

@ValidatorConstraint({ name: CHECK_CONSTRAINT })
class PassesCheck {
  validate(value: unknown, args: ValidationArguments): boolean {
    return firstProblem(value, args) === undefined;
  }

  defaultMessage(args: ValidationArguments): string {
    const problem = firstProblem(args.value, args);
    return problem ? `${problem.path} ${problem.expected}` : '';
  }
}

/**
 * Validates a field of a DTO as a whole with a plain function, because class-validator creates an error object of
 * several kilobytes for each bad list item.
 */
export function Passes(check: Check): PropertyDecorator {
  return Validate(PassesCheck, [check], { context: { check } });
}

/** The check of an error's field, if it has failed. */
export function failedCheck(contexts: Record<string, unknown> | undefined): Check | undefined {
  return (contexts?.[CHECK_CONSTRAINT] as { check: Check } | undefined)?.check;
}

function firstProblem(value: unknown, { constraints, property }: ValidationArguments): Problem | undefined {
  const [check] = constraints as [Check];
  for (const problem of check(value, property)) return problem;
  return undefined;
}
