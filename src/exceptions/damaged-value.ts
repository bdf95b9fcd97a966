import { DatabaseRejectedException } from './database.exceptions.js';

/** A stored value is not what this package writes there, so reading it again does not help. */
export class DamagedValueException extends DatabaseRejectedException {
  constructor() {
    super(new Error('A stored value is damaged'));
  }
}
