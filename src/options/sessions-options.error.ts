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
