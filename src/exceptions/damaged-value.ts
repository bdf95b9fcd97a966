/** A stored value is not what this package writes there, so reading it again does not help. */
export class DamagedValueError extends Error {
  override readonly name = 'DamagedValueError';

  constructor() {
    super('A stored value is damaged');
  }
}
