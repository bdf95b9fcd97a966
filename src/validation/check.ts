import { Validate, type ValidationArguments, ValidatorConstraint } from 'class-validator';

/** One thing that is wrong with a value. */
export interface Problem {
  /** Where: `tool_calls[0].function.name`. */
  path: string;
  /** What is expected there, in words that follow the path: `must be a string`. */
  expected: string;
}

/**
 * Says what is wrong with the value at `path`, one problem after the other. Callers take as many as they want, so
 * that a value with very many problems costs no more than the first of them.
 */
export type Check = (value: unknown, path: string) => Iterable<Problem>;

/** The name of the constraint, under which class-validator's errors have the check as their context. */
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
 * A field of a DTO that a plain function checks as a whole: lists are too long for class-validator, which makes an
 * error object of several kilobytes for each bad item.
 */
export function Passes(check: Check): PropertyDecorator {
  return Validate(PassesCheck, [check], { context: { check } });
}

/** The check of an error's field, if that is what has failed. */
export function failedCheck(contexts: Record<string, unknown> | undefined): Check | undefined {
  return (contexts?.[CHECK_CONSTRAINT] as { check: Check } | undefined)?.check;
}

function firstProblem(value: unknown, { constraints, property }: ValidationArguments): Problem | undefined {
  const [check] = constraints as [Check];
  for (const problem of check(value, property)) return problem;
  return undefined;
}
