/**
 * An option of the module is wrong, stands in the wrong place or cannot be combined with another. The module's
 * `forRoot` and `forRootAsync` throw it, or the application's start rejects with it.
 *
 * @example
 * ```ts
 * try {
 *   SessionsModule.forRoot({ agent: () => 'ok', lease: -1 });
 * } catch (error) {
 *   if (error instanceof SessionsOptionsError) console.log(error.option);
 * }
 * ```
 */
export class SessionsOptionsError extends Error {
  constructor(
    message: string,
    /** The name of the option, such as `lease` or `webhooks.retryDelays[1]`; undefined if it is about all of them. */
    readonly option?: string,
  ) {
    super(message);
    this.name = 'SessionsOptionsError';
  }
}

/** What is wrong with an option of the module, by the option's name. */
export function invalidOption(option: string, problem: string): SessionsOptionsError {
  return new SessionsOptionsError(`SessionsModule option "${option}" ${problem}`, option);
}

/** The same for a value: `must be … but is "5", a string`. Not for options that may hold a secret. */
export function invalidValue(option: string, problem: string, value: unknown): SessionsOptionsError {
  return invalidOption(option, `${problem}, but is ${describe(value)}`);
}

/** Maximum length of a text that is shown. */
const MAX_TEXT = 40;

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${JSON.stringify(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value)}, a string`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      return String(value);
  }
}
