/** A stored text that must be JSON is not. */
export class DamagedJsonError extends Error {
  override readonly name = 'DamagedJsonError';

  constructor() {
    super('A stored value is not valid JSON');
  }
}
