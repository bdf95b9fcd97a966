import { describe, expect, it } from '@jest/globals';

import { translateSqliteError } from '../../src/database/sqlite/sqlite-errors.js';
import {
  DatabaseRejectedException,
  DatabaseUnavailableException,
  TryAgainException,
} from '../../src/exceptions/index.js';

const coded = (code: string, message = 'as it is') => Object.assign(new Error(message), { code });

describe('an error of SQLite', () => {
  it.each([
    coded('SQLITE_BUSY'),
    coded('SQLITE_BUSY_SNAPSHOT'),
    coded('SQLITE_BUSY_RECOVERY'),
    coded('SQLITE_LOCKED_SHAREDCACHE'),
    coded('SQLITE_PROTOCOL'),
    new TypeError('This database connection is busy executing a query'),
  ])('counts as contention: %s', (error) => {
    const translated = translateSqliteError(error);
    expect(translated).toBeInstanceOf(TryAgainException);
    expect(translated).toMatchObject({ code: 'try_again', cause: error });
  });

  it.each([
    coded('SQLITE_IOERR_WRITE'),
    coded('SQLITE_FULL'),
    coded('SQLITE_NOMEM'),
    coded('SQLITE_INTERRUPT'),
    coded('SQLITE_SCHEMA'),
    coded('SQLITE_CANTOPEN'),
    coded('SQLITE_READONLY'),
    coded('SQLITE_CORRUPT'),
    coded('SQLITE_OF_A_LATER_VERSION'),
    coded('SQLITE_ERROR', 'cannot commit - no transaction is active'),
    coded('SQLITE_ERROR', 'cannot start a transaction within a transaction'),
    new TypeError('The database connection is not open'),
    new Error('Query runner already released. Cannot run queries anymore.'),
    new Error('something without a code'),
    'not even an error',
  ])('counts as temporary: %s', (error) => {
    const translated = translateSqliteError(error);
    expect(translated).toBeInstanceOf(DatabaseUnavailableException);
    expect(translated).toMatchObject({ code: 'database_unavailable', cause: error });
  });

  it.each([
    coded('SQLITE_CONSTRAINT_TRIGGER', 'the host does not want this'),
    coded('SQLITE_CONSTRAINT_CHECK'),
    coded('SQLITE_TOOBIG', 'string or blob too big'),
    coded('SQLITE_MISMATCH'),
    coded('SQLITE_RANGE'),
    coded('SQLITE_ERROR', 'no such table: agent_turn'),
    new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null'),
    new RangeError('The bound string, buffer, or bigint is too big'),
  ])('counts as permanent: %s', (error) => {
    const translated = translateSqliteError(error);
    expect(translated).toBeInstanceOf(DatabaseRejectedException);
    expect(translated).toMatchObject({ code: 'database_unavailable', cause: error });
  });

  it.each([
    new RangeError('Missing named parameter "now"'),
    new RangeError('Too few parameter values were provided'),
  ])('counts as an error in the calling code: %s', (error) => {
    expect(translateSqliteError(error)).toBe(error);
  });
});
