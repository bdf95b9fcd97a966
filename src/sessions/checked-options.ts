import { ValidationFailedException } from '../exceptions/index.js';
import { listedProblems } from '../validation/validated.js';

/** The problems of an option's value, each with the option's name. Called for what is not undefined. */
export type Rule = (value: unknown, option: string) => string[];

/** A rule for each option. */
export type Rules<Options> = Readonly<Record<keyof Options, Rule>>;

/**
 * The options of a call, of which the caller in the process may have passed anything. Throws
 * ValidationFailedException, whose message names each bad option. What has no rule is left out.
 */
export function checkedOptions<Options extends object>(
  rules: Rules<Options>,
  given: Options | undefined,
  name = 'options',
): Options {
  if (given === undefined) return {} as Options;
  if (!isObject(given)) throw new ValidationFailedException([`${name} must be an object`]);
  const checked: Partial<Options> = {};
  const problems = Object.entries<Rule>(rules).flatMap(([option, rule]) => {
    try {
      const value = given[option as keyof Options];
      if (value === undefined) return [];
      checked[option as keyof Options] = value;
      return rule(value, option);
    } catch {
      return [`${option} cannot be read, because that throws an error`];
    }
  });
  if (problems.length > 0) throw new ValidationFailedException(listedProblems(problems));
  return checked as Options;
}

function isObject(value: unknown): boolean {
  try {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // A revoked proxy.
    return false;
  }
}
