/** What is wrong with an option of the module, by the option's name. */
export function invalidOption(option: string, problem: string): Error {
  return new Error(`SessionsModule option "${option}" ${problem}`);
}
